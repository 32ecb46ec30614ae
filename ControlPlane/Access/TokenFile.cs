using System.Collections.Immutable;
using Microsoft.VisualBasic.FileIO;

namespace ControlPlane.Access;

/// <summary>A file of tokens in the form of kube-apiserver's <c>--token-auth-file</c>: of each line the token, the user's name, its uid and, if there are any, its groups in quotes.</summary>
public static class TokenFile
{
    /// <summary>The tokens and whom they stand for.</summary>
    /// <exception cref="FormatException">A line says something else; the message names it and repeats no token.</exception>
    public static IReadOnlyList<(string Token, UserInfo User)> Read(string path)
    {
        using var lines = new TextFieldParser(path) { Delimiters = [","], HasFieldsEnclosedInQuotes = true, CommentTokens = ["#"] };
        var tokens = new List<(string, UserInfo)>();
        while (!lines.EndOfData)
        {
            var number = lines.LineNumber;
            string[] fields;
            try
            {
                fields = lines.ReadFields()!;
            }
            catch (MalformedLineException)
            {
                throw new FormatException($"line {number} of {path} can't be read as fields between commas");
            }
            if (fields is not [{ Length: > 0 } token, { Length: > 0 } user, var uid, ..]) throw new FormatException($"line {number} of {path} is not TOKEN,USER,UID[,\"GROUP1,GROUP2\"]");
            ImmutableArray<string> groups = fields.Length > 3 ? [.. fields[3].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)] : [];
            tokens.Add((token, new(user, [.. groups.Append(UserInfo.Authenticated).Distinct()]) { Uid = uid }));
        }
        return tokens;
    }
}

using ControlPlane.Expressions.Costs;

namespace ControlPlane.Expressions.Libraries.Networking;

/// <summary>Kubernetes' functions of URLs.</summary>
internal static class UrlLibrary
{
    public static void Declare(FunctionTable table)
    {
        table.Type(UrlValue.Name);
        table.Add("isURL(string): bool", static arguments => CelValue.Of(UrlValue.Read(arguments[0].Text) is not null), CostRules.Text);
        table.Add("url(string): kubernetes.URL", Read, CostRules.Text);
        table.Add("(kubernetes.URL).getScheme(): string", static arguments => CelValue.Of(Url(arguments[0]).Scheme));
        table.Add("(kubernetes.URL).getHost(): string", static arguments => CelValue.Of(Url(arguments[0]).Host));
        table.Add("(kubernetes.URL).getHostname(): string", static arguments => CelValue.Of(Url(arguments[0]).Hostname));
        table.Add("(kubernetes.URL).getPort(): string", static arguments => CelValue.Of(Url(arguments[0]).Port));
        table.Add("(kubernetes.URL).getEscapedPath(): string", static arguments => CelValue.Of(Url(arguments[0]).Path));
        table.Add("(kubernetes.URL).getQuery(): map(string, list(string))", static arguments => CelValue.Of(Url(arguments[0]).Parameters()));
    }

    private static readonly Implementation Read = static arguments =>
        UrlValue.Read(arguments[0].Text) is { } url
            ? CelValue.Of(url)
            : CelValue.Fault($"URL parse error during conversion from string: parse \"{arguments[0].Text}\": invalid URI for request");

    private static UrlValue Url(CelValue value) => (UrlValue)value.Opaque;
}

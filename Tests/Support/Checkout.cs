using System.Runtime.CompilerServices;

namespace Tests.Support;

/// <summary>The files of this checkout, which are not all beside the compiled tests.</summary>
internal static class Checkout
{
    /// <summary>A file or folder by its parts, as seen from the top.</summary>
    public static string Path(params ReadOnlySpan<string> parts) => System.IO.Path.Combine([Root(), .. parts]);

    private static string Root([CallerFilePath] string here = "") => System.IO.Path.GetFullPath(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(here)!, "..", ".."));
}

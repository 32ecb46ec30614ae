using System.Text.Json.Nodes;

namespace Tests.Support;

/// <summary>An open watch, read event by event with a bound on the wait.</summary>
public sealed class WatchStream : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly HttpResponseMessage _response;
    private readonly StreamReader _lines;

    private WatchStream(HttpResponseMessage response, StreamReader lines) => (_response, _lines) = (response, lines);

    public static async Task<WatchStream> Open(HttpClient http, string path)
    {
        var response = await http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        return new(response, new(await response.Content.ReadAsStreamAsync()));
    }

    /// <summary>The next event.</summary>
    /// <exception cref="TimeoutException">None came.</exception>
    public async Task<JsonObject> Next() => JsonNode.Parse(
        await _lines.ReadLineAsync().WaitAsync(Patience) ?? throw new InvalidOperationException("The watch has ended."))!.AsObject();

    /// <summary>Null if the watch ends now; otherwise the line that came instead.</summary>
    public async Task<string?> End() => await _lines.ReadLineAsync().WaitAsync(Patience);

    public ValueTask DisposeAsync()
    {
        _lines.Dispose();
        _response.Dispose();
        return ValueTask.CompletedTask;
    }
}

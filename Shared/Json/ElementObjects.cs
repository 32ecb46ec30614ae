using System.Collections;
using System.Text.Json;

namespace Shared.Json;

/// <summary>The objects of a JSON list; other elements are passed over. Walking it with foreach allocates nothing.</summary>
public readonly struct ElementObjects(JsonElement list) : IEnumerable<JsonElement>
{
    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => list.ValueKind != JsonValueKind.Array || !GetEnumerator().MoveNext();

    public Enumerator GetEnumerator() => new(list);

    IEnumerator<JsonElement> IEnumerable<JsonElement>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Walks the objects.</summary>
    public struct Enumerator : IEnumerator<JsonElement>
    {
        private JsonElement.ArrayEnumerator _all;

        internal Enumerator(JsonElement list) => _all = list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : default;

        public JsonElement Current => _all.Current;

        object IEnumerator.Current => Current;

        public bool MoveNext()
        {
            while (_all.MoveNext())
            {
                if (_all.Current.ValueKind == JsonValueKind.Object) return true;
            }
            return false;
        }

        public void Reset() => _all.Reset();

        public void Dispose() => _all.Dispose();
    }
}

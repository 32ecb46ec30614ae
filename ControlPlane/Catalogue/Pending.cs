#pragma warning disable
using System.Buffers;
using ControlPlane.Objects;
namespace ControlPlane.Catalogue;
public sealed record TableOptions { public DateTimeOffset Now; public long ResourceVersion; public string IncludeObject; public string MetaVersion; public string? Continue; public long? RemainingItemCount; public bool WithColumns; }
public static class TablePrinter { public static void Write(IBufferWriter<byte> o, KindDefinition k, IReadOnlyList<StoredObject> s, TableOptions t) {} }
public static class PartialObjectMetadata { public static void Write(IBufferWriter<byte> o, StoredObject s) {} public static void WriteList(IBufferWriter<byte> o, IReadOnlyList<StoredObject> s, long r, string? c, long? n) {} }
public sealed record Document(byte[] Body, string ContentType, string? ETag);
public sealed class Discovery { public Document? Find(string p, string? a) => null; }
public sealed class OpenApi { public Document? Find(string p, string? a) => null; }

using System.Collections;
using System.Collections.Immutable;
using System.Reflection;
using ControlPlane.Catalogue.Patching;
using ControlPlane.Objects;
using Shared.Api;

namespace Tests.Unit.ObjectsProtocol;

/// <summary>Makes values of any record of the protocol, with something in every member, and tells what is in them.</summary>
internal static class Sample
{
    private static readonly Assembly[] Ours = [typeof(ObjectCommand).Assembly, typeof(ObjectKey).Assembly];

    /// <summary>Every sealed type that a command, an answer or a patch can be.</summary>
    public static IEnumerable<Type> Implementations(Type of) => typeof(ObjectCommand).Assembly.GetTypes().Where(type => !type.IsAbstract && type.IsAssignableTo(of));

    public static object Make(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying) return Make(underlying);
        if (type == typeof(string)) return "text é\u0001";
        if (type == typeof(int)) return 7;
        if (type == typeof(long)) return 1L << 40;
        if (type == typeof(bool)) return true;
        if (type.IsEnum) return Enum.GetValues(type).GetValue(1)!;
        if (type == typeof(DateTimeOffset)) return new DateTimeOffset(2030, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);
        if (type == typeof(TimeSpan)) return TimeSpan.FromSeconds(15.5);
        if (type == typeof(JsonBytes)) return new JsonBytes("""{"a":[1,"é"]}"""u8.ToArray());
        if (type == typeof(StoredObject)) return new StoredObject(Key, """{"metadata":{"uid":"u"}}"""u8.ToArray(), 5);
        if (type == typeof(IObjectPatch)) return Make(typeof(ClientPatch));
        if (type == typeof(ImmutableDictionary<string, string>)) return ImmutableDictionary<string, string>.Empty.Add("a", "1").Add("b", "2");
        if (type == typeof(KeyValuePair<string, string>)) return KeyValuePair.Create("a", "1");
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>)) return MakeArray(type.GetGenericArguments()[0]);
        if (!Ours.Contains(type.Assembly)) throw new InvalidOperationException($"{type} is no part of a message: it may mean nothing in another process.");
        var constructor = type.GetConstructors().OrderByDescending(one => one.GetParameters().Length).First(one => one.GetParameters() is not [var only] || only.ParameterType != type);
        var made = constructor.Invoke([.. constructor.GetParameters().Select(parameter => Make(parameter.ParameterType))]);
        var given = constructor.GetParameters().Select(parameter => parameter.Name).ToHashSet();
        foreach (var property in Members(type).Where(property => property.CanWrite && !given.Contains(property.Name) && !IsGivenToBase(property, type))) property.SetValue(made, Make(property.PropertyType));
        return made;
    }

    // Records compare arrays by reference; the tree of values is what must survive.
    public static string Describe(object? value) => value switch
    {
        null => "null",
        string text => $"'{text}'",
        JsonBytes or Enum => value.ToString()!,
        ReadOnlyMemory<byte> bytes => Convert.ToHexString(bytes.Span),
        DateTimeOffset time => time.ToString("o"),
        IDictionary map => $"{{{string.Join(", ", map.Keys.Cast<object>().OrderBy(key => key).Select(key => $"{Describe(key)}: {Describe(map[key])}"))}}}",
        IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(Describe))}]",
        _ when Ours.Contains(value.GetType().Assembly) => $"{value.GetType().Name} {{ {string.Join(", ", Members(value.GetType()).Select(property => $"{property.Name} = {Describe(property.GetValue(value))}"))} }}",
        _ => FormattableString.Invariant($"{value}"),
    };

    private static ObjectKey Key => new("apps", "deployments", "default", "web");

    private static IEnumerable<PropertyInfo> Members(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.GetIndexParameters().Length == 0 && property.Name != nameof(StoredObject.Header));

    /// <summary>Whether the type itself passes the member on to its base, as an answer does with its object's key.</summary>
    private static bool IsGivenToBase(PropertyInfo property, Type type) => property.DeclaringType != type
        && property.DeclaringType!.GetConstructors(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance).Any(one => one.GetParameters().Any(parameter => parameter.Name == property.Name));

    private static object MakeArray(Type item)
    {
        var items = Array.CreateInstance(item, 2);
        for (var i = 0; i < items.Length; i++) items.SetValue(Make(item), i);
        return typeof(ImmutableArray).GetMethods().First(method => method is { Name: nameof(ImmutableArray.Create), IsGenericMethod: true } && method.GetParameters() is [{ ParameterType.IsArray: true }])
            .MakeGenericMethod(item).Invoke(null, [items])!;
    }
}

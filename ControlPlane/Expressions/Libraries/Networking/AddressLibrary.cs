using System.Net;
using System.Net.Sockets;
using ControlPlane.Expressions.Costs;
using ControlPlane.Expressions.Values;

namespace ControlPlane.Expressions.Libraries.Networking;

/// <summary>Kubernetes' functions of IP addresses and networks.</summary>
internal static class AddressLibrary
{
    public static void Declare(FunctionTable table)
    {
        table.Type(AddressValue.Name);
        table.Type(NetworkValue.Name);
        table.Add("isIP(string): bool", static arguments => CelValue.Of(AddressValue.Read(arguments[0].Text, out _) is null), CostRules.Text);
        table.Add("ip(string): net.IP", static arguments => Read(arguments[0].Text), CostRules.Text, static _ => 16);
        table.Add("ip.isCanonical(string): bool", IsCanonical, CostRules.Text);
        table.Add("string(net.IP): string", static arguments => Conversions.ToText(arguments[0]), CostRules.Text, static _ => 45);
        table.Add("(net.IP).family(): int", static arguments => CelValue.Of(IsV4(Address(arguments[0])) ? 4L : 6L));
        table.Add(
            "(net.IP).isUnspecified(): bool",
            static arguments => CelValue.Of(Address(arguments[0]) is var ip && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any))));
        table.Add("(net.IP).isLoopback(): bool", static arguments => CelValue.Of(IPAddress.IsLoopback(Address(arguments[0]))));
        table.Add("(net.IP).isLinkLocalMulticast(): bool", static arguments => CelValue.Of(IsLinkLocalMulticast(Address(arguments[0]))));
        table.Add("(net.IP).isLinkLocalUnicast(): bool", static arguments => CelValue.Of(IsLinkLocalUnicast(Address(arguments[0]))));
        table.Add("(net.IP).isGlobalUnicast(): bool", static arguments => CelValue.Of(IsGlobalUnicast(Address(arguments[0]))));

        table.Add("isCIDR(string): bool", static arguments => CelValue.Of(NetworkValue.Read(arguments[0].Text, out _) is null), CostRules.Text);
        table.Add(
            "cidr(string): net.CIDR",
            static arguments => NetworkValue.Read(arguments[0].Text, out var read) is { } fault ? CelValue.Fault(fault) : CelValue.Of(read!),
            CostRules.Text,
            static _ => 17);
        table.Add("string(net.CIDR): string", static arguments => Conversions.ToText(arguments[0]), CostRules.Text, static _ => 49);
        table.Add(
            "(net.CIDR).containsIP(net.IP): bool",
            static arguments => CelValue.Of(Network(arguments[0]).Contains(Address(arguments[1]))),
            CostRules.Texts);
        table.Add("(net.CIDR).containsIP(string): bool", ContainsText, CostRules.Texts);
        table.Add(
            "(net.CIDR).containsCIDR(net.CIDR): bool",
            static arguments => CelValue.Of(Contains(Network(arguments[0]), Network(arguments[1]))),
            CostRules.Texts);
        table.Add("(net.CIDR).containsCIDR(string): bool", ContainsNetworkText, CostRules.Texts);
        table.Add("(net.CIDR).ip(): net.IP", static arguments => CelValue.Of(new AddressValue(Network(arguments[0]).Address)), CostRules.Text);
        table.Add("(net.CIDR).masked(): net.CIDR", static arguments => CelValue.Of(Network(arguments[0]).Masked()), CostRules.Text);
        table.Add("(net.CIDR).prefixLength(): int", static arguments => CelValue.Of((long)Network(arguments[0]).Length), CostRules.Text);
    }

    private static IPAddress Address(CelValue value) => ((AddressValue)value.Opaque).Address;

    private static NetworkValue Network(CelValue value) => (NetworkValue)value.Opaque;

    private static CelValue Read(string text) => AddressValue.Read(text, out var address) is { } fault ? CelValue.Fault(fault) : CelValue.Of(new AddressValue(address!));

    private static readonly Implementation IsCanonical = static arguments =>
        AddressValue.Read(arguments[0].Text, out var address) is { } fault ? CelValue.Fault(fault) : CelValue.Of(address!.ToString() == arguments[0].Text);

    private static readonly Implementation ContainsText = static arguments =>
        AddressValue.Read(arguments[1].Text, out var address) is { } fault ? CelValue.Fault(fault) : CelValue.Of(Network(arguments[0]).Contains(address!));

    private static readonly Implementation ContainsNetworkText = static arguments =>
        NetworkValue.Read(arguments[1].Text, out var network) is { } fault ? CelValue.Fault(fault) : CelValue.Of(Contains(Network(arguments[0]), network!));

    private static bool Contains(NetworkValue outer, NetworkValue inner) => outer.Length <= inner.Length && outer.Contains(inner.Address);

    private static bool IsV4(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork;

    private static bool IsLinkLocalMulticast(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        return IsV4(address) ? bytes is [224, 0, 0, _] : bytes[0] == 0xFF && (bytes[1] & 0x0F) == 2;
    }

    private static bool IsLinkLocalUnicast(IPAddress address) => IsV4(address) ? address.GetAddressBytes() is [169, 254, _, _] : address.IsIPv6LinkLocal;

    private static bool IsMulticast(IPAddress address) => IsV4(address) ? (address.GetAddressBytes()[0] & 0xF0) == 0xE0 : address.IsIPv6Multicast;

    private static bool IsGlobalUnicast(IPAddress address) =>
        !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.Broadcast) && !address.Equals(IPAddress.IPv6Any)
        && !IPAddress.IsLoopback(address) && !IsMulticast(address) && !IsLinkLocalUnicast(address);
}

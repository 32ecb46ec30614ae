using ControlPlane.Catalogue;
using ControlPlane.Catalogue.Decoding;
using CsCheck;
using Google.Protobuf;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Catalogue;

public sealed class ProtobufDecodingTests
{
    private const string MediaType = "application/vnd.kubernetes.protobuf";

    [Fact]
    public void Binary_deployment_reads_as_its_json()
    {
        // Numbers as the API types declare them: metadata 1, spec 2; replicas 1, selector 2, template 3; containers 2; name 1, image 2, ports 6, resources 8.
        var container = Message((1, "web"), (2, "demo:1"), (6, Message((2, 0), (3, 80))), (8, Message((1, Entry("cpu", Message((1, "500m")))))), (14, ""));
        var template = Message((1, Message((11, Entry("app", "web")))), (2, Message((2, container), (3, "Never"), (7, Entry("zone", "a")))));
        var rolling = Message((1, "RollingUpdate"), (2, Message((1, Message((1, 1), (2, 0), (3, "25%"))), (2, Message((1, 0), (2, 3), (3, ""))))));
        var spec = Message((1, 0), (2, Message((1, Entry("app", "web")))), (3, template), (4, rolling), (5, 0));
        var body = Envelope("apps/v1", "Deployment", Message((1, Message((1, "web"), (2, ""), (8, Message()))), (2, spec), (3, Message((1, 0)))));
        var outcome = Decode("apps", "deployments", body);
        Assert.Equal(
            """{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{"replicas":0,"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"web","image":"demo:1","ports":[{"containerPort":80}],"resources":{"limits":{"cpu":"500m"}}}],"restartPolicy":"Never","nodeSelector":{"zone":"a"}}},"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxUnavailable":"25%","maxSurge":3}}},"status":{}}""",
            outcome.Object!.ToJsonString());
    }

    [Fact]
    public void Members_of_an_embedded_message_stand_in_its_place()
    {
        // Volume: name 1, its source 2; there hostPath 1, secret 6.
        var pod = Envelope("v1", "Pod", Message((1, Message((1, "p"))), (2, Message((1, Message((1, "v"), (2, Message((6, Message((1, "s"), (3, 256)))))))))));
        Assert.Equal("""[{"name":"v","secret":{"secretName":"s","defaultMode":256}}]""", Decode("", "pods", pod).Object!["spec"]!["volumes"]!.ToJsonString());
    }

    [Fact]
    public void Bytes_and_times_are_written_as_json_has_them()
    {
        var secret = Envelope("v1", "Secret", Message((1, Message((1, "s"), (8, Message((1, 1_700_000_000))))), (2, Entry("k", "v")), (2, Entry("l", "")), (3, "Opaque")));
        var read = Decode("", "secrets", secret).Object!;
        Assert.Equal("""{"k":"dg==","l":""}""", read["data"]!.ToJsonString());
        Assert.Equal("2023-11-14T22:13:20Z", (string?)read["metadata"]!["creationTimestamp"]);
    }

    [Fact]
    public void Fields_that_are_not_known_are_passed_over() =>
        Assert.Equal("x", (string?)Decode("", "configmaps", Envelope("v1", "ConfigMap", Message((1, Message((1, "x"), (900, "?"))), (901, 7)))).Object!["metadata"]!["name"]);

    [Fact]
    public void Body_of_another_kind_or_form_is_a_bad_request()
    {
        Assert.Equal(400, Decode("", "configmaps", Envelope("v1", "Secret", Message())).Rejection!.Code);
        Assert.Equal(400, Decode("", "configmaps", "{}"u8.ToArray()).Rejection!.Code);
        Assert.Equal(400, Decode("", "configmaps", Envelope("v1", "ConfigMap", Message((1, 5)))).Rejection!.Code);
        Assert.Equal(415, Decode("apiextensions.k8s.io", "customresourcedefinitions", Envelope("apiextensions.k8s.io/v1", "CustomResourceDefinition", Message())).Rejection!.Code);
    }

    [Fact]
    public void Any_bytes_are_read_or_refused()
    {
        var good = Envelope("v1", "Pod", Message((1, Message((1, "p"))), (2, Message((1, Message((1, "v"), (2, Message((6, Message((1, "s")))))))))));
        Gen.Select(Gen.Int[4, good.Length - 1], Gen.Byte, Gen.Int[4, good.Length]).Sample((at, value, length) =>
        {
            var bytes = (byte[])good.Clone();
            bytes[at] = value;
            var outcome = Decode("", "pods", bytes[..length]);
            Assert.True(outcome.Object is not null || outcome.Rejection is { Code: 400 });
        }, iter: 5000);
    }

    [Fact]
    public void Every_stored_kind_of_the_api_types_has_a_binary_form()
    {
        string[] without = ["apiextensions.k8s.io", "apiregistration.k8s.io", "storagemigration.k8s.io", "policy.actors.dev"];
        Assert.All(TestCatalogue.Default.All.Where(kind => kind.Stored && !without.Contains(kind.Group)), kind =>
        {
            var outcome = ObjectDecoder.Decode(Envelope(kind.GroupVersion, kind.Kind, Message((1, Message((1, "x"))))), MediaType, kind, FieldValidation.Strict);
            Assert.Equal("x", (string?)outcome.Object?["metadata"]?["name"]);
        });
    }

    [Fact]
    public void Delete_options_have_a_binary_form() =>
        Assert.Equal(5, (int)ObjectDecoder.Decode(Envelope("v1", "DeleteOptions", Message((1, 5))), MediaType, RequestBodies.DeleteOptions, FieldValidation.Warn).Object!["gracePeriodSeconds"]!);

    private static DecodeOutcome Decode(string group, string plural, byte[] body) =>
        ObjectDecoder.Decode(body, MediaType, TestCatalogue.Default.FindStored(new(group, plural))!, FieldValidation.Strict);

    private static byte[] Envelope(string apiVersion, string kind, ByteString raw) =>
        [.. "k8s\0"u8, .. Message((1, Message((1, apiVersion), (2, kind))), (2, raw), (3, ""), (4, "")).ToByteArray()];

    private static ByteString Entry(string key, object value) => Message((1, key), (2, value));

    private static ByteString Message(params (int Number, object Value)[] fields)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
        {
            foreach (var (number, value) in fields)
            {
                if (value is int integer)
                {
                    output.WriteTag(number, WireFormat.WireType.Varint);
                    output.WriteInt64(integer);
                    continue;
                }
                output.WriteTag(number, WireFormat.WireType.LengthDelimited);
                if (value is ByteString bytes) output.WriteBytes(bytes);
                else output.WriteString((string)value);
            }
        }
        return ByteString.CopyFrom(stream.ToArray());
    }
}

using ControlPlane.Gateway;
using Xunit;

namespace Tests.Unit.Gateway;

public sealed class OutputFormTests
{
    [Theory]
    [InlineData(null, OutputShape.Object, false)]
    [InlineData("application/json", OutputShape.Object, false)]
    [InlineData("*/*", OutputShape.Object, false)]
    [InlineData("application/yaml", OutputShape.Object, true)]
    [InlineData("application/vnd.kubernetes.protobuf, application/json", OutputShape.Object, false)]
    [InlineData("application/json;as=Table;v=v1;g=meta.k8s.io,application/json", OutputShape.Table, false)]
    [InlineData("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1", OutputShape.PartialObject, false)]
    [InlineData("application/json;as=Nonsense, application/json", OutputShape.Object, false)]
    public void Accept_takes_the_first_form_that_can_be_served(string? accept, OutputShape shape, bool yaml)
    {
        var form = OutputForm.Negotiate(accept, out var refusal);
        Assert.Null(refusal);
        Assert.Equal((shape, yaml), (form!.Shape, form.Yaml));
    }

    [Fact]
    public void Accept_of_nothing_that_can_be_served_is_refused()
    {
        Assert.Null(OutputForm.Negotiate("application/vnd.kubernetes.protobuf", out var refusal));
        Assert.Equal(406, refusal!.Code);
    }
}

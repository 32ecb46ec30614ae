using ControlPlane.Access;
using Xunit;

namespace Tests.Unit.Access;

public sealed class RequestInfoTests
{
    [Theory]
    [InlineData("GET", "/api/v1/pods", "list||v1|pods|||")]
    [InlineData("GET", "/api/v1/namespaces/a/pods", "list||v1|pods|a||")]
    [InlineData("GET", "/api/v1/namespaces/a/pods/p", "get||v1|pods|a|p|")]
    [InlineData("GET", "/api/v1/namespaces/a/pods/p/log", "get||v1|pods|a|p|log")]
    [InlineData("PUT", "/apis/apps/v1/namespaces/a/deployments/d/scale", "update|apps|v1|deployments|a|d|scale")]
    [InlineData("POST", "/apis/apps/v1/namespaces/a/deployments/", "create|apps|v1|deployments|a||")]
    [InlineData("PATCH", "/api/v1/nodes/n/status", "patch||v1|nodes||n|status")]
    [InlineData("DELETE", "/api/v1/namespaces/a/pods", "deletecollection||v1|pods|a||")]
    [InlineData("DELETE", "/api/v1/namespaces/a", "delete||v1|namespaces|a|a|")]
    [InlineData("PUT", "/api/v1/namespaces/a/finalize", "update||v1|namespaces|a|a|finalize")]
    [InlineData("PUT", "/api/v1/namespaces/a/status", "update||v1|namespaces|a|a|status")]
    [InlineData("GET", "/api/v1/namespaces", "list||v1|namespaces|||")]
    [InlineData("GET", "/api/v1/watch/pods", "watch||v1|pods|||")]
    [InlineData("GET", "/api/v1/watch/namespaces/a/pods", "watch||v1|pods|a||")]
    [InlineData("GET", "/api/v1/watch/namespaces/a/pods/p", "watch||v1|pods|a|p|")]
    [InlineData("GET", "/api/v1/watch/namespaces/a", "watch||v1|namespaces|a|a|")]
    [InlineData("GET", "/apis/apps/v1/watch/deployments", "watch|apps|v1|deployments|||")]
    [InlineData("POST", "/api/v1/watch/pods", "create||v1|watch||pods|")]
    [InlineData("GET", "/apis/apps/v1", "get|||||| /apis/apps/v1")]
    [InlineData("GET", "/", "get|||||| /")]
    [InlineData("GET", "/version", "get|||||| /version")]
    public void Path_of_any_shape_is_read_as_Kubernetes_reads_it(string method, string path, string expected)
    {
        var info = RequestInfo.Parse(method, path, watch: false);
        var text = $"{info.Verb}|{info.Group}|{info.Version}|{info.Resource}|{info.Namespace}|{info.Name}|{info.Subresource}";
        Assert.Equal(expected, info.Resource.Length == 0 ? $"{text} {info.Path}" : text);
    }

    [Fact]
    public void Get_with_watch_is_a_watch_whether_a_name_is_given_or_not()
    {
        Assert.Equal("watch", RequestInfo.Parse("GET", "/api/v1/pods", watch: true).Verb);
        Assert.Equal("watch", RequestInfo.Parse("GET", "/api/v1/namespaces/a/pods/p", watch: true).Verb);
    }
}

using Shared.Api;

namespace ControlPlane.Access;

/// <summary>The words for what a user may not do: Kubernetes'.</summary>
internal static class AccessRefusal
{
    /// <summary>403 for a request that no rule allows.</summary>
    public static ApiStatus Of(UserInfo user, RequestInfo request)
    {
        if (request.Resource.Length == 0) return ApiStatus.Forbidden($"forbidden: User \"{user.Name}\" cannot {request.Verb} path \"{request.Path}\"");
        var qualified = request.Group.Length == 0 ? request.Resource : $"{request.Resource}.{request.Group}";
        var named = request.Name.Length == 0 ? qualified : $"{qualified} \"{request.Name}\"";
        var resource = request.Subresource.Length == 0 ? request.Resource : $"{request.Resource}/{request.Subresource}";
        var place = request.Namespace.Length == 0 ? "at the cluster scope" : $"in the namespace \"{request.Namespace}\"";
        return ApiStatus.Forbidden($"{named} is forbidden: User \"{user.Name}\" cannot {request.Verb} resource \"{resource}\" in API group \"{request.Group}\" {place}") with
        {
            Name = request.Name,
            Group = request.Group,
            Kind = request.Resource,
        };
    }
}

using System.Text.Json.Nodes;
using ControlPlane.Access;

namespace ControlPlane.Gateway;

/// <summary>Reviews that a client asks about itself: <c>kubectl auth can-i</c> and <c>kubectl auth whoami</c>.</summary>
public static class AccessReviews
{
    /// <summary>The review with its status filled in, or null for a kind that cannot be answered yet.</summary>
    public static JsonObject? Answer(string kind, JsonObject review, UserInfo user)
    {
        switch (kind)
        {
            case "SelfSubjectAccessReview":
                review["status"] = new JsonObject { ["allowed"] = user.Groups.Contains(UserInfo.Masters) };
                return review;
            case "SelfSubjectReview":
                review["status"] = new JsonObject
                {
                    ["userInfo"] = new JsonObject
                    {
                        ["username"] = user.Name,
                        ["groups"] = new JsonArray([.. user.Groups.Select(group => (JsonNode)group)]),
                    },
                };
                return review;
            default:
                return null;
        }
    }
}

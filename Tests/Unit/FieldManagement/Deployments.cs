namespace Tests.Unit.FieldManagement;

internal static class Deployments
{
    public const string Web = """
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{"replicas":1,"selector":{"matchLabels":{"app":"web"}},
        "template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"c","image":"i:1"}]}}}}
        """;

    /// <summary>The same with an image and further members of the container.</summary>
    public static string With(string image, string more = "", string replicas = "\"replicas\":1,") => $$$$$"""
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{ {{{{{replicas}}}}} "selector":{"matchLabels":{"app":"web"}},
        "template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"c","image":"{{{{{image}}}}}"{{{{{more}}}}} }]}}}}
        """;
}

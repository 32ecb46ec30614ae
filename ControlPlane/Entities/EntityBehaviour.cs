using Akka.Actor;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Entities;

/// <summary>Makes the behaviours of kinds out of the props of their actors.</summary>
public static class EntityBehaviour
{
    /// <summary>A behaviour without options.</summary>
    public static KindBehaviour Of(Func<ObjectKey, ObjectServices, Props> props) => With(_ => props);

    /// <summary>A behaviour with options of a subsystem, which are asked of the process's services once.</summary>
    public static KindBehaviour With(Func<IServiceProvider, Func<ObjectKey, ObjectServices, Props>> props) => new(provider =>
    {
        var (made, services) = (props(provider), provider.GetRequiredService<ObjectServices>());
        return key => made(key, services);
    });
}

using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using ControlPlane.Access.Pki;
using ControlPlane.Catalogue;
using ControlPlane.Encryption;
using ControlPlane.Entities;
using ControlPlane.Gateway;
using ControlPlane.Journal;
using ControlPlane.Membership;
using ControlPlane.Nodes.Leases;
using ControlPlane.Objects;
using ControlPlane.Telemetry.Events;
using ControlPlane.Telemetry.Usage;
using ControlPlane.Workloads.Namespaces;
using Microsoft.AspNetCore.Hosting.Server;
using Shared.Hosting;
using Shared.Serialization;

namespace ControlPlane.Hosting;

/// <summary>
/// One control plane: the gateway, the actors and the journal behind it. Used by the process and by tests, which may run several at once.
/// </summary>
public sealed class ControlPlaneHost : IAsyncDisposable
{
    /// <summary>The file in a data folder that a control plane, or who restores its SQLite file, locks.</summary>
    internal const string FolderLock = "control-plane.lock";

    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(5);
    private readonly WebApplication _app;
    private readonly ObjectRuntime _runtime;

    private readonly IDisposable _folder;

    private ControlPlaneHost(WebApplication app, ObjectRuntime runtime, ClusterPki pki, IDisposable folder) => (_app, _runtime, Pki, _folder) = (app, runtime, pki, folder);

    /// <summary>The certificates of the cluster.</summary>
    public ClusterPki Pki { get; }

    /// <summary>What the host is made of.</summary>
    public IServiceProvider Services => _app.Services;

    public ActorSystem System => _app.Services.GetRequiredService<ActorSystem>();

    /// <summary>Starts a control plane; completes when /readyz answers ok.</summary>
    /// <exception cref="DataFolderTakenException">Another process works on the data folder.</exception>
    /// <exception cref="MemberGivenUpException">The other control planes gave it up before it was ready.</exception>
    public static async Task<ControlPlaneHost> Start(ControlPlaneOptions options, TimeProvider? clock = null, CancellationToken stop = default)
    {
        PrivateFile.CreateFolder(options.DataDirectory);
        // Its SQLite file has one writer, and its keys are one member's.
        var folder = DataFolderLock.Take(options.DataDirectory, FolderLock,
            $"Another control plane runs on {options.DataDirectory}. Each needs a data folder of its own, and several on one journal need --database: a SQLite file is for one.");
        try
        {
            return await Start(options, clock ?? TimeProvider.System, folder, stop);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    private static async Task<ControlPlaneHost> Start(ControlPlaneOptions options, TimeProvider time, IDisposable folder, CancellationToken stop)
    {
        var balancer = options.Balancer;
        var pki = ClusterPki.Ensure(options.DataDirectory, new PkiOptions
        {
            Addresses = balancer?.Address is { } address ? options.BindAddresses.Add(address) : options.BindAddresses,
            HostNames = balancer is { Address: null } ? [balancer.Host] : [],
            ServiceCidr = options.ServiceCidr,
        }, time);
        Kubeconfig.Write(options.KubeconfigFile, "actors", $"https://{balancer ?? new(options.BindAddresses[0].ToString(), options.Port)}", pki);
        var builder = WebApplication.CreateEmptyBuilder(new() { ApplicationName = "ControlPlane" });
        Log(builder.Logging);
        GatewayServer.Configure(builder, new() { Addresses = options.BindAddresses, Port = options.Port, Tokens = options.Tokens, Oidc = options.Oidc, Audit = options.Audit, MostRequestsAtOnce = options.MostRequestsAtOnce }, pki);
        builder.Services.AddSingleton(time);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(pki);
        builder.Services.AddSingleton(new JoinSources(pki, () => SharedFiles.Read(options.DataDirectory), options.AdvertiseAddress, options.AgentPort));
        builder.Services.AddAkka(RemoteSettings.SystemName, akka => akka
            .AddHocon(
                ClusterConfiguration.Roles("control-plane", ApiServersActor.RoleOf(options.Port))
                    .WithFallback(options.Database is null ? Config.Empty : ClusterConfiguration.Shared)
                    .WithFallback(ClusterConfiguration.Config)
                    .WithFallback(ObjectMessageSerializer.Config)
                    .WithFallback(MembershipSerializer.Config)
                    .WithFallback(KeyMessageSerializer.Config)
                    .WithFallback(ProtocolConfig.Config)
                    .WithFallback(RemoteTls.Config)
                    .WithFallback(HandshakeGuard.Config)
                    .WithFallback(RemoteSettings.Listen(options.AdvertiseAddress.ToString(), options.RemotePort))
                    .WithFallback(RemoteSettings.Config)
                    .WithFallback(JournalConfiguration.Build(new JournalOptions(options.DataDirectory, options.Database))),
                HoconAddMode.Prepend)
            .AddSetup(RemoteTls.Setup(new RemoteIdentity(pki.Server.Certificate, pki.Trusted), ProcessRole.Member, time))
            .ConfigureLoggers(loggers =>
            {
                loggers.LogLevel = Akka.Event.LogLevel.WarningLevel;
                loggers.ClearLoggers();
                loggers.AddLoggerFactory();
            }));
        builder.Services.AddSingleton(provider => WatchCache.Get(provider.GetRequiredService<ActorSystem>()));
        builder.Services.AddSingleton(provider => JournalReader.Get(provider.GetRequiredService<ActorSystem>()));
        builder.Services.AddSingleton<IEventRecorder>(provider => EventRecorder.Get(provider.GetRequiredService<ActorSystem>()));
        builder.Services.AddSingleton(new KindCatalogue(new CatalogueSnapshot(BuiltInKinds.All)));
        builder.Services.AddSingleton<IKinds>(provider => provider.GetRequiredService<KindCatalogue>());
        builder.Services.AddSingleton(NetworkSettings.Nodes(options));
        builder.Services.AddSingleton<NodeLeases>();
        builder.Services.AddSingleton<UsageTable>();
        builder.Services.AddSingleton<IUsage>(provider => provider.GetRequiredService<UsageTable>());
        builder.Services.AddSingleton(NetworkSettings.Services(options));
        builder.Services.AddSingleton(provider => NamespaceReconciler.Of(provider.GetRequiredService<IKinds>(), () => pki.Trusted.Pem));
        builder.Services.AddSingleton<HostedShards>();
        builder.Services.AddSingleton<MemberBook>();
        builder.Services.AddSingleton<ObjectServices>();
        builder.Services.AddSingleton<ObjectRuntime>();
        var app = builder.Build();
        GatewayServer.Map(app);
        await app.StartAsync(stop);
        var runtime = app.Services.GetRequiredService<ObjectRuntime>();
        var host = new ControlPlaneHost(app, runtime, pki, folder);
        try
        {
            // Of an actor system that has ended, nothing would be heard any more.
            var started = runtime.Start(app.Services.GetRequiredService<Readiness>().Waiting);
            var first = await Task.WhenAny(started, host.Ended, Task.Delay(Timeout.InfiniteTimeSpan, stop));
            stop.ThrowIfCancellationRequested();
            if (first != started) throw new MemberGivenUpException("the other control planes gave it up while it started");
            await started;
            return host;
        }
        catch (Exception fault) when (fault is not (MemberGivenUpException or OperationCanceledException) && CoordinatedShutdown.Get(host.System).ShutdownReason is { } reason)
        {
            // Whatever failed did so because the actor system was ending beneath it.
            await host.DisposeAsync();
            throw new MemberGivenUpException($"the other control planes gave it up while it started ({reason.GetType().Name})", fault);
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>How a control plane process logs.</summary>
    internal static void Log(ILoggingBuilder logging) => logging
        .AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
        })
        .SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning);

    /// <summary>Completes when the actor system has ended, of itself or by <see cref="DisposeAsync"/>.</summary>
    public Task Ended => System.WhenTerminated;

    /// <summary>
    /// Ends in the order of dependence: where a balancer stands before it, it says so and serves on until that has noticed; then no new requests, watches end, requests
    /// under way are answered, and the actors and the journal stop.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (_app.Services.GetRequiredService<ControlPlaneOptions>().Balancer is not null && _app.Services.GetRequiredService<Readiness>() is { Missing: null } readiness)
        {
            await readiness.TellOfEnd();
        }
        _app.Lifetime.StopApplication();
        using (var patience = new CancellationTokenSource(DrainPatience)) await _app.Services.GetRequiredService<IServer>().StopAsync(patience.Token);
        await _runtime.Stop();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _folder.Dispose();
    }
}

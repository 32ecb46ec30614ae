using System.Security.Cryptography.X509Certificates;
using System.Text;
using ControlPlane.Access;
using ControlPlane.Access.Joining;
using ControlPlane.Access.OpenIdConnect;
using ControlPlane.Access.Pki;
using ControlPlane.Access.Reviews;
using ControlPlane.Access.Roles;
using ControlPlane.Access.ServiceAccounts;
using ControlPlane.Audit;
using ControlPlane.Entities;
using ControlPlane.Gateway.Answers;
using ControlPlane.Gateway.FlowControl;
using ControlPlane.History;
using ControlPlane.Journal;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Shared.Hosting;

namespace ControlPlane.Gateway;

/// <summary>The HTTPS server in front of the pipeline: addresses, TLS, limits and the services the gateway is made of.</summary>
public static class GatewayServer
{
    /// <summary>Adds the gateway to a host.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="options">What it is told.</param>
    /// <param name="pki">The certificates it shows and trusts.</param>
    public static void Configure(WebApplicationBuilder builder, GatewayOptions options, ClusterPki pki)
    {
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.UTF8; // a Warning may name a field in any script
            kestrel.Limits.MaxRequestBodySize = null; // the pipeline answers 413 with a Status
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MaxResponseBufferSize = 1024 * 1024; // a list leaves in few, large pieces
            kestrel.Limits.MinResponseDataRate = null; // a watch may be silent for long
            kestrel.Limits.Http2.MaxStreamsPerConnection = 1000;
            kestrel.Limits.Http2.InitialConnectionWindowSize = 4 * 1024 * 1024;
            kestrel.Limits.Http2.InitialStreamWindowSize = 1024 * 1024;
            foreach (var address in options.Addresses) kestrel.Listen(address, options.Port, listen => Secure(listen, pki));
        });
        builder.WebHost.UseKestrelHttpsConfiguration();
        var administrator = new UserInfo("kubernetes-admin", [UserInfo.Masters, UserInfo.Authenticated]);
        // The core services alone: nothing here signs cookies, so no data protection keys are to be written to disk.
        builder.Services.AddAuthenticationCore(authentication =>
        {
            authentication.AddScheme<CredentialAuthenticationHandler>(CredentialAuthenticationHandler.SchemeName, null);
            authentication.DefaultScheme = CredentialAuthenticationHandler.SchemeName;
        });
        builder.Services.AddWebEncoders();
        builder.Services.AddTransient<CredentialAuthenticationHandler>();
        builder.Services.AddSingleton<ITokenSource>(new KnownTokens((pki.AdministratorToken, administrator)));
        builder.Services.AddSingleton<ITokenSource>(options.Tokens);
        builder.Services.AddSingleton<ITokenSource>(provider =>
        {
            var (cache, journal) = (provider.GetRequiredService<WatchCache>(), provider.GetRequiredService<JournalReader>());
            return new ServiceAccountTokens(cache, async stop => await cache.WaitFor(await journal.HeadRevision(), stop), provider.GetRequiredService<TimeProvider>());
        });
        builder.Services.AddSingleton<ITokenSource>(provider => new BootstrapTokens(provider.GetRequiredService<WatchCache>(), provider.GetRequiredService<TimeProvider>()));
        if (options.Oidc is { } oidc) builder.Services.AddSingleton<ITokenSource>(provider => new OidcTokens(oidc, provider.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<TokenAuthenticator>();
        builder.Services.AddSingleton(provider => new TokenIssuer(provider.GetRequiredService<WatchCache>(), provider.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton(provider => new IssuerDocuments(provider.GetRequiredService<WatchCache>()));
        builder.Services.AddSingleton<IAuthorizer>(provider => new RoleAuthorizer(provider.GetRequiredService<WatchCache>()));
        builder.Services.AddSingleton<ReviewAnswers>();
        builder.Services.AddSingleton(provider => new PriorityAndFairness(provider.GetRequiredService<WatchCache>(), options, provider.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<Readiness>();
        builder.Services.AddSingleton<ListPages>();
        builder.Services.AddSingleton<ObjectClient>();
        builder.Services.AddSingleton<Responses>();
        builder.Services.AddSingleton(provider => new NodeHttp(
            provider.GetRequiredService<WatchCache>(), pki.Trusted, pki.KubeletClient.Certificate, provider.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping));
        builder.Services.AddSingleton<ReadHandler>();
        builder.Services.AddSingleton<WatchHandler>();
        builder.Services.AddSingleton<WriteHandler>();
        builder.Services.AddSingleton<DeleteHandler>();
        builder.Services.AddSingleton<EvictionHandler>();
        builder.Services.AddSingleton<ScaleHandler>();
        builder.Services.AddSingleton<BindingHandler>();
        builder.Services.AddSingleton<LogHandler>();
        builder.Services.AddSingleton<TokenHandler>();
        builder.Services.AddSingleton<InfoHandler>();
        builder.Services.AddSingleton<IAnsweredObjects, ComponentAnswers>();
        builder.Services.AddSingleton<IAnsweredObjects, NodeMetricsAnswers>();
        builder.Services.AddSingleton<IAnsweredObjects, PodMetricsAnswers>();
        foreach (var kind in new[] { HistoryKinds.Namespaced, HistoryKinds.ClusterWide })
        {
            builder.Services.AddSingleton<IAnsweredObjects>(provider => new HistoryAnswers(kind, provider.GetRequiredService<JournalReader>(), provider.GetRequiredService<IAuthorizer>()));
        }
        builder.Services.AddSingleton<AnswersHandler>();
        builder.Services.AddSingleton<KeysHandler>();
        builder.Services.AddSingleton<JoinHandler>();
        builder.Services.AddSingleton<GatewayHandlers>();
        if (options.Audit is { } audit) builder.Services.AddSingleton(_ => new AuditLog(audit));
        builder.Services.AddSingleton<GatewayPipeline>();
    }

    /// <summary>Sends every request through the pipeline.</summary>
    public static void Map(WebApplication app)
    {
        GatewayPipeline? pipeline = null;
        app.Run(http => (pipeline ??= http.RequestServices.GetRequiredService<GatewayPipeline>()).Handle(http));
    }

    private static void Secure(ListenOptions listen, ClusterPki pki)
    {
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.UseHttps(new HttpsConnectionAdapterOptions
        {
            ServerCertificate = pki.Server.Certificate,
            ServerCertificateChain = [pki.Authority],
            ClientCertificateMode = ClientCertificateMode.AllowCertificate,
            ClientCertificateValidation = (certificate, _, _) => IsSigned(certificate, pki.Trusted),
        });
    }

    private static bool IsSigned(X509Certificate2 certificate, TrustedAuthorities authorities)
    {
        using var chain = new X509Chain { ChainPolicy = authorities.Policy() };

        // What shows who a server is says nothing of who a client is.
        chain.ChainPolicy.ApplicationPolicy.Add(new("1.3.6.1.5.5.7.3.2"));
        return chain.Build(certificate);
    }
}

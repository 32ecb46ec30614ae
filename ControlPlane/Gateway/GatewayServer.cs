using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ControlPlane.Access;
using ControlPlane.Access.Pki;
using ControlPlane.Access.Reviews;
using ControlPlane.Access.Roles;
using ControlPlane.Access.ServiceAccounts;
using ControlPlane.Entities;
using ControlPlane.Gateway.Answers;
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
    /// <param name="addresses">Where it listens.</param>
    /// <param name="port">The HTTPS port on each of them.</param>
    /// <param name="pki">The certificates it shows and trusts.</param>
    public static void Configure(WebApplicationBuilder builder, IEnumerable<IPAddress> addresses, int port, ClusterPki pki)
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
            foreach (var address in addresses) kestrel.Listen(address, port, listen => Secure(listen, pki));
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
        builder.Services.AddSingleton<ITokenSource>(provider =>
        {
            var (cache, journal) = (provider.GetRequiredService<WatchCache>(), provider.GetRequiredService<JournalReader>());
            return new ServiceAccountTokens(cache, async stop => await cache.WaitFor(await journal.HeadRevision(), stop), provider.GetRequiredService<TimeProvider>());
        });
        builder.Services.AddSingleton<TokenAuthenticator>();
        builder.Services.AddSingleton(provider => new TokenIssuer(provider.GetRequiredService<WatchCache>(), provider.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton(provider => new IssuerDocuments(provider.GetRequiredService<WatchCache>()));
        builder.Services.AddSingleton<IAuthorizer>(provider => new RoleAuthorizer(provider.GetRequiredService<WatchCache>()));
        builder.Services.AddSingleton<ReviewAnswers>();
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
        builder.Services.AddSingleton<AnswersHandler>();
        builder.Services.AddSingleton<KeysHandler>();
        builder.Services.AddSingleton<JoinHandler>();
        builder.Services.AddSingleton<GatewayHandlers>();
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
        return chain.Build(certificate);
    }
}

using System.Net.Sockets;
using System.Security.Authentication;
using ControlPlane.Admission.Webhooks;

namespace ControlPlane.Admission;

/// <summary>Why a server was not reached, in the words of Kubernetes' clients.</summary>
internal static class ConnectionFaults
{
    /// <summary>What a failed request comes to.</summary>
    /// <param name="url">What was asked for.</param>
    public static string Words(Exception fault, Uri url)
    {
        for (var cause = fault; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case NoEndpointsException none: return none.Message;
                case AuthenticationException untrusted: return $"tls: failed to verify certificate: {untrusted.Message}";
                case SocketException { SocketErrorCode: SocketError.ConnectionRefused }: return $"dial tcp {url.Host}:{url.Port}: connect: connection refused";
                case SocketException { SocketErrorCode: SocketError.HostNotFound }: return $"dial tcp: lookup {url.Host}: no such host";
                case SocketException socket: return $"dial tcp {url.Host}:{url.Port}: {socket.Message}";
            }
        }
        return fault.Message;
    }
}

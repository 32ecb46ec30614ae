namespace ControlPlane.Gateway.FlowControl;

/// <summary>What holds where flow schemas and priority levels say nothing: the defaults of flowcontrol.apiserver.k8s.io/v1.</summary>
internal static class FlowDefaults
{
    public const int Precedence = 1000;
    public const int Shares = 30;
    public const int Queues = 64;
    public const int HandSize = 8;
    public const int QueueLengthLimit = 50;
}

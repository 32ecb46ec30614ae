using Akka.Configuration;

namespace ControlPlane.Hosting;

/// <summary>How control plane processes form one Akka cluster: fast to notice a lost member, slow to give up on anything else.</summary>
public static class ClusterConfiguration
{
    /// <summary>
    /// Half-second heartbeats with a two-second pause find a killed member in seconds. Safety does not rest on this: the journal refuses a second
    /// writer whatever the membership says.
    /// </summary>
    public static Config Config { get; } = ConfigurationFactory.ParseString(
        """
        akka {
          actor {
            provider = cluster
            ask-timeout = 10s
          }
          coordinated-shutdown.run-by-clr-shutdown-hook = off
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          cluster {
            roles = ["control-plane"]
            gossip-interval = 200ms
            leader-actions-interval = 200ms
            unreachable-nodes-reaper-interval = 500ms
            shutdown-after-unsuccessful-join-seed-nodes = off
            run-coordinated-shutdown-when-down = on
            failure-detector {
              heartbeat-interval = 500ms
              acceptable-heartbeat-pause = 2s
            }
            downing-provider-class = "Akka.Cluster.SBR.SplitBrainResolverProvider, Akka.Cluster"
            split-brain-resolver {
              active-strategy = keep-majority
              stable-after = 2s
            }
            sharding {
              state-store-mode = ddata
              remember-entities = off
              passivate-idle-entity-after = off
              distributed-data.durable.keys = []
              retry-interval = 200ms
              waiting-for-state-timeout = 2s
              coordinator-failure-backoff = 1s
              updating-state-timeout = 5s
            }
            singleton.hand-over-retry-interval = 500ms
          }
        }
        """);
}

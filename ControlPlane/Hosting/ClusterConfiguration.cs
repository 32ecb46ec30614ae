using Akka.Configuration;
using ControlPlane.Membership;

namespace ControlPlane.Hosting;

/// <summary>How control plane processes form one Akka cluster: fast to notice a lost member, slow to give up on anything else.</summary>
public static class ClusterConfiguration
{
    /// <summary>What a member tells of itself.</summary>
    public static Config Roles(params string[] roles) => ConfigurationFactory.ParseString($"akka.cluster.roles = [{string.Join(", ", roles.Select(role => $"\"{role}\""))}]");

    /// <summary>For members of one database: that decides who goes on. One on a file of its own is alone, and has nobody to decide about.</summary>
    public static Config Shared { get; } = ConfigurationFactory.ParseString("akka.cluster.split-brain-resolver.active-strategy = lease-majority");

    /// <summary>
    /// A killed member is unreachable within a second, one that is paused or cut off after five and a half, and given up a second later: then its shards and singletons
    /// move. Until then others write its objects as guests. Safety does not rest on this: the journal refuses a second writer whatever the membership says. But a member
    /// that is given up starts anew, and cuts what its clients are at; so one on a busy machine is given the time. Who goes on when members can't reach each other is
    /// decided by a row of their database (<see cref="DatabaseLease"/>): the larger part asks first. It is held for as long as the smaller part may take to ask.
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
            gossip-interval = 200ms
            leader-actions-interval = 200ms
            unreachable-nodes-reaper-interval = 200ms
            shutdown-after-unsuccessful-join-seed-nodes = off
            run-coordinated-shutdown-when-down = on
            failure-detector {
              implementation-class = "ControlPlane.Membership.MemberFailureDetector, ControlPlane"
              heartbeat-interval = 500ms
              acceptable-heartbeat-pause = 5s
              # The first answer of a new member waits for a connection to be made, between two that have just started.
              expected-response-after = 10s
            }
            downing-provider-class = "Akka.Cluster.SBR.SplitBrainResolverProvider, Akka.Cluster"
            split-brain-resolver {
              active-strategy = keep-majority
              stable-after = 1s
              down-all-when-unstable = off
              lease-majority {
                lease-implementation = "akka.cluster.database-lease"
                acquire-lease-delay-for-minority = 1s
                release-after = 5s
              }
            }
            database-lease {
              lease-class = "ControlPlane.Membership.DatabaseLease, ControlPlane"
              heartbeat-interval = 1s
              heartbeat-timeout = 6s
              lease-operation-timeout = 3s
            }
            sharding {
              state-store-mode = ddata
              remember-entities = off
              passivate-idle-entity-after = off
              distributed-data.durable.keys = []
              retry-interval = 200ms
              # A member that joins has its share within some seconds. What moves is put off for some milliseconds.
              rebalance-interval = 2s
              least-shard-allocation-strategy {
                rebalance-absolute-limit = 12
                rebalance-relative-limit = 0.2
              }
              # Nothing else is handed over while one shard is. A message that gets lost on the way must not hold them all up for the minute that Akka gives it.
              handoff-timeout = 10s
              # Where shards are is a matter of speed only: a majority that knows is enough, and who is on his way out is not waited for.
              coordinator-state {
                write-majority-plus = 0
                read-majority-plus = 0
              }
              waiting-for-state-timeout = 1s
              coordinator-failure-backoff = 500ms
              updating-state-timeout = 1s
            }
            singleton.hand-over-retry-interval = 200ms
          }
        }
        """);
}

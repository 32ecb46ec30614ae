using Akka.TestKit.Xunit2;

namespace Tests.Support;

/// <summary>A test of actors. It waits long for what must come, since the machine may be busy with others' tests: the kit's own three seconds once were too few for a first message.</summary>
public abstract class ActorTest(string config = "") : TestKit(config + "\n" + PatienceConfig)
{
    /// <summary>For a system that is made elsewhere.</summary>
    public const string PatienceConfig = "akka.test.single-expect-default = 20s";
}

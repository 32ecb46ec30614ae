using System.Text.Json.Nodes;

namespace Tests.Unit.Pods;

/// <summary>What may happen to a pod and its node, by number, so that histories can be generated.</summary>
internal static class PodHappenings
{
    public const int Last = 33;

    /// <summary>Beyond the others: the histories that are made from seeds stay what they are.</summary>
    public const int ClockSet = 34;

    public const int Vanishing = 21;

    public static void Happen(PodWorld world, int what, int which)
    {
        switch (what)
        {
            case <= 8: world.Step(which); break;
            case 9: world.Step(which, Fate.AnswerLost); break;
            case 10: world.Step(which, Fate.CallLost); break;
            case 11: world.KillAgent(callsStillHappen: true); break;
            case 12: world.KillAgent(callsStillHappen: false); break;
            case 13: world.FinishLateCalls(); break;
            case 14: world.Exit($"c{which % 2}", which % 3); break;
            case 15: world.ExitUnseen($"c{which % 2}", which % 3); break;
            case 16: world.Relist(); break;
            case 17: world.KillSandbox(); break;
            case 18: world.Pass(TimeSpan.FromSeconds(which * 4)); break;
            case 19: FinishInit(world); break;
            case 20: world.Exit("side", 1); break;
            case Vanishing: world.Vanish(); break;
            case 22: world.DesireAgain(); break;
            case 23: world.Fence(which % 2 == 0); break;
            case 24: world.Step(which, Fate.DoneLater); break;
            case 25: world.Step(which, Fate.Refused); break;
            case 26: world.SucceedAgent(); break;
            case 27 or 28: world.StepOld(which); break;
            case 29: world.KillOld(); break;
            case 30: world.List(); break;
            case 31: world.DeliverListing(); break;
            case 32: world.LoseTrack($"c{which % 2}"); break;
            case ClockSet: world.StepClock(TimeSpan.FromHours(which - 2)); break;
            default:
                if (which == 0) world.Reboot();
                else world.Pass(TimeSpan.FromMinutes(which));
                break;
        }
    }

    public static void FinishInit(PodWorld world) => world.Exit("init", 0);

    public static JsonObject Pod((string Policy, int Containers, bool Init, bool Sidecar) shape)
    {
        var inits = new JsonArray();
        if (shape.Init) inits.Add((JsonNode)TestPods.Container("init"));
        if (shape.Sidecar)
        {
            var side = TestPods.Container("side");
            side["restartPolicy"] = "Always";
            inits.Add((JsonNode)side);
        }
        return TestPods.Json(
            Enumerable.Range(0, shape.Containers).Select(one => TestPods.Container($"c{one}")),
            new() { ["restartPolicy"] = shape.Policy, ["initContainers"] = inits });
    }
}

using Akka.Actor;
using Akka.Event;

namespace NodeActor.Agent;

/// <summary>To the keeper of the checkpoint: the newest counts. <paramref name="Sequence"/> comes back when it, or a newer one, is stored.</summary>
internal sealed record SaveCheckpoint(long Sequence, LeaseCheckpoint Checkpoint);

/// <summary>From the keeper: whatever was asked to be saved up to this one is.</summary>
internal sealed record CheckpointSaved(long Sequence);

/// <summary>
/// Keeps an agent's <see cref="LeaseCheckpoint"/> in a file: one file replaces the other, so that a reader finds a whole one. It is an actor of its own, since a disk
/// that does not answer must not keep the agent from renewing its lease. Nothing is forced to the disk: the file has to outlive the process, not the machine.
/// </summary>
internal sealed class CheckpointActor : ReceiveActor
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _file;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private SaveCheckpoint? _newest;

    public CheckpointActor(string file)
    {
        _file = file;
        Receive<SaveCheckpoint>(save =>
        {
            // What came meanwhile is behind the mark: only the newest of it is written.
            if (_newest is null) Self.Tell(Mark.Instance);
            _newest = save;
        });
        Receive<Mark>(_ =>
        {
            var save = _newest!;
            _newest = null;
            try
            {
                Write(save.Checkpoint);
                Context.Parent.Tell(new CheckpointSaved(save.Sequence));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _log.Warning("The lease can not be noted in {0}, so no pod that must not run twice is started: {1}", _file, e.Message);
            }
        });
    }

    public static Props Props(string file) => Akka.Actor.Props.Create(() => new CheckpointActor(file));

    /// <summary>The checkpoint in a file; null if there is none that can be read.</summary>
    public static LeaseCheckpoint? Read(string file) => File.Exists(file) ? LeaseCheckpoint.Parse(File.ReadAllBytes(file)) : null;

    private void Write(LeaseCheckpoint checkpoint)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_file)!);
        var fresh = _file + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        using (var stream = new FileStream(fresh, options)) stream.Write(checkpoint.ToJson());
        File.Move(fresh, _file, overwrite: true);
    }

    private sealed class Mark
    {
        public static readonly Mark Instance = new();
    }
}

using System.Diagnostics;
using System.Globalization;

namespace ObjectStore.Cosi.Steps;

/// <summary>
/// For tests only: ends the process with SIGKILL after its Nth step, so that what a crash leaves between two steps is what a
/// real crash leaves.
/// </summary>
internal sealed class KillAfterSteps(int steps, IStepObserver next) : IStepObserver
{
    /// <summary>Named so that nobody sets it by accident.</summary>
    public const string Variable = "OBJECTSTORE_COSI_TEST_KILL_AFTER_STEP";

    private int _left = steps;

    /// <summary>The observer that the variable asks for; <paramref name="next"/> itself if it is not set.</summary>
    public static IStepObserver Wrap(string? variable, IStepObserver next) =>
        int.TryParse(variable, NumberStyles.None, CultureInfo.InvariantCulture, out var steps) && steps > 0 ? new KillAfterSteps(steps, next) : next;

    public void Done(string call, string step)
    {
        next.Done(call, step);
        if (Interlocked.Decrement(ref _left) != 0) return;
        using var self = Process.GetCurrentProcess();
        self.Kill();
        // SIGKILL may arrive a moment later; nothing may follow it.
        Thread.Sleep(Timeout.Infinite);
    }
}

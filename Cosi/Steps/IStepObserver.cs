namespace ObjectStore.Cosi.Steps;

/// <summary>
/// Told after each change that a call has made in the server, before the next: for metrics and logs, and for tests, which end
/// the driver there. From any thread.
/// </summary>
internal interface IStepObserver
{
    /// <param name="call">"create", "delete", "grant", "revoke", "sweep", "rotate" or "renew".</param>
    /// <param name="step">What was done, a plain word: it becomes a label of metrics.</param>
    void Done(string call, string step);
}

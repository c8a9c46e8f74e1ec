namespace ObjectStore.Cosi.Steps;

/// <summary>Told of what those who run the cluster should know although no call is refused for it. From any thread.</summary>
internal interface IIncidentObserver
{
    /// <param name="name">A plain word; it becomes a label of metrics.</param>
    /// <param name="message">For the log; no secrets.</param>
    void Happened(string name, string message);
}

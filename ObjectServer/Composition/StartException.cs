namespace ObjectStore.Server.Composition;

/// <summary>The store cannot be opened. The message is for the operator: what was found, and what to do.</summary>
internal sealed class StartException(string message, Exception? inner = null) : Exception(message, inner);

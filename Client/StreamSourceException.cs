namespace ObjectStore.Client;

/// <summary>What was to be sent could not be read: the cause is the source's, and says whether trying again may help.</summary>
public sealed class StreamSourceException(Exception inner) : Exception($"What was to be sent could not be read: {inner.Message}", inner);

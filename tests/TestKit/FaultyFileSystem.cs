namespace ObjectStore.TestKit;

public sealed class FaultyFileSystem;

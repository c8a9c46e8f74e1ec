using Microsoft.Extensions.Logging;

namespace ObjectStore.Server.Tests.S3.Operations;

/// <summary>Keeps the last exception that was logged, for the message of a test that fails.</summary>
internal sealed class FaultLog : ILoggerFactory, ILogger
{
    /// <summary>Messages that are kept.</summary>
    private const int MaxMessages = 100;

    private readonly System.Collections.Concurrent.ConcurrentQueue<string> _messages = new();
    private volatile Exception? _lastFault;

    public Exception? LastFault => _lastFault;

    /// <summary>The last ones.</summary>
    public IEnumerable<string> Messages => _messages;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _messages.Enqueue(formatter(state, exception));
        if (_messages.Count > MaxMessages)
            _messages.TryDequeue(out _);
        if (exception is not null)
            _lastFault = exception;
    }

    public void Dispose()
    {
    }
}

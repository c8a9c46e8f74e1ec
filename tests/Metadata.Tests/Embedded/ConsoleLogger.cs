using Microsoft.Extensions.Logging;

namespace ObjectStore.Metadata.Tests.Embedded;

/// <summary>Shows what the store tells an operator beside a test that fails.</summary>
internal sealed class ConsoleLogger : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) Console.WriteLine($"{logLevel} {eventId.Id} {formatter(state, exception)} {exception}");
    }
}

using ObjectStore.Client;

namespace ObjectStore.Server.Cli;

/// <summary>How <c>objectstore admin</c> ends; docs/ADMIN.md tells them to scripts, so that none changes its meaning.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>The server answered with an error that is none of those below.</summary>
    public const int Failed = 1;

    /// <summary>The command line, a file or the environment is wrong; nothing was asked of the server.</summary>
    public const int Usage = 2;

    /// <summary>The server cannot be reached, or what answers is no ObjectStore.</summary>
    public const int Unreachable = 3;

    /// <summary>The credentials are wrong, or do not allow it.</summary>
    public const int NotAllowed = 4;

    public const int NotFound = 5;

    /// <summary>It is there already, or something that is still there stands in the way, or a limit.</summary>
    public const int Conflict = 6;
}

/// <summary>Ends the command. The message is for the one who typed it.</summary>
internal sealed class CliException(int exitCode, string code, string message, Exception? inner = null) : Exception(message, inner)
{
    public int ExitCode => exitCode;

    /// <summary>For programs: the server's code, or one of this program's own.</summary>
    public string Code => code;

    public static CliException Usage(string message) => new(Cli.ExitCode.Usage, "Usage", message);

    public static CliException Unreachable(string message, Exception? inner = null) => new(Cli.ExitCode.Unreachable, "Unreachable", message, inner);

    public static CliException NotFound(string message) => new(Cli.ExitCode.NotFound, "NoSuchEntity", message);

    public static CliException Of(ClientException failure) => failure.Kind == ClientErrorKind.Refused
        ? new CliException(ExitCodeOf(failure), failure.Code, failure.Message, failure)
        : Unreachable(failure.Message, failure);

    private static int ExitCodeOf(ClientException refused) => refused switch
    {
        { IsNotAllowed: true } => Cli.ExitCode.NotAllowed,
        { IsNotFound: true } => Cli.ExitCode.NotFound,
        { Status: 409 } => Cli.ExitCode.Conflict,
        _ => Cli.ExitCode.Failed,
    };
}

using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Wire;

/// <summary>Object lock in headers: <c>x-amz-object-lock-mode</c>, <c>-retain-until-date</c> and <c>-legal-hold</c>.</summary>
internal static class LockFields
{
    public const string Prefix = "x-amz-object-lock-";
    public const string BypassHeader = "x-amz-bypass-governance-retention";

    private const string ModeHeader = "x-amz-object-lock-mode";
    private const string UntilHeader = "x-amz-object-lock-retain-until-date";
    private const string HoldHeader = "x-amz-object-lock-legal-hold";

    /// <summary>The lock that a write asks for.</summary>
    /// <exception cref="S3Exception">InvalidArgument.</exception>
    public static ObjectLock Read(IHeaderDictionary headers)
    {
        var mode = headers[ModeHeader].ToString();
        var until = headers[UntilHeader].ToString();
        var hold = headers[HoldHeader].ToString();
        if (mode.Length == 0 && until.Length == 0 && hold.Length == 0)
            return default;

        return new ObjectLock(Retention(mode, until), hold switch
        {
            "" => LegalHold.None,
            "ON" => LegalHold.On,
            "OFF" => LegalHold.Off,
            _ => throw Refused(HoldHeader, hold, "Legal Hold must be either of 'ON' or 'OFF'"),
        });
    }

    /// <summary>What GET and HEAD tell of a version's lock.</summary>
    public static void WriteRetention(IHeaderDictionary headers, Retention retention)
    {
        if (!retention.IsSet)
            return;
        headers[ModeHeader] = NameOf(retention.Mode);
        headers[UntilHeader] = Timestamps.Iso8601(retention.RetainUntil);
    }

    /// <inheritdoc cref="WriteRetention"/>
    public static void WriteLegalHold(IHeaderDictionary headers, LegalHold hold)
    {
        if (hold != LegalHold.None)
            headers[HoldHeader] = NameOf(hold);
    }

    /// <summary>Whether the caller asks to go past governance retention; whether it may is another question.</summary>
    public static bool WantsBypass(IHeaderDictionary headers) => headers[BypassHeader].ToString().Equals("true", StringComparison.OrdinalIgnoreCase);

    public static string NameOf(RetentionMode mode) => mode == RetentionMode.Compliance ? "COMPLIANCE" : "GOVERNANCE";

    public static string NameOf(LegalHold hold) => hold == LegalHold.On ? "ON" : "OFF";

    /// <summary>Null for another word; case counts.</summary>
    public static RetentionMode? ParseMode(string text) => text switch
    {
        "GOVERNANCE" => RetentionMode.Governance,
        "COMPLIANCE" => RetentionMode.Compliance,
        _ => null,
    };

    public static bool TryParseDate(string text, out DateTimeOffset date) => Timestamps.TryParseIso8601(text, out date);

    private static Retention Retention(string mode, string until)
    {
        if (mode.Length == 0 && until.Length == 0)
            return default;
        if (mode.Length == 0 || until.Length == 0)
            throw new S3Exception(S3ErrorCode.InvalidArgument, $"{UntilHeader} and {ModeHeader} must both be supplied");
        var parsed = ParseMode(mode) ?? throw Refused(ModeHeader, mode, "Unknown wormMode directive.");
        return TryParseDate(until, out var date)
            ? new Retention(parsed, date)
            : throw Refused(UntilHeader, until, "The retain until date must be provided in ISO 8601 format");
    }

    private static S3Exception Refused(string header, string value, string message) =>
        new(new S3Error(S3ErrorCode.InvalidArgument, message, ("ArgumentName", header), ("ArgumentValue", value)));
}

using ObjectStore.Server.Objects;

namespace ObjectStore.Server.S3.Wire.Documents;

/// <summary>The body of PutObjectLockConfiguration. Days or years, one of them; not yet judged.</summary>
internal sealed record ObjectLockDocument(RetentionMode Mode, long? Days, long? Years)
{
    public const int MaxBodyBytes = 64 * 1024;

    public static ObjectLockDocument? Parse(ReadOnlyMemory<byte> body) => XmlBody.Parse(body, "ObjectLockConfiguration", xml =>
    {
        var enabled = false;
        ObjectLockDocument? rule = null;
        xml.Children(name =>
        {
            switch (name)
            {
                case "ObjectLockEnabled":
                    enabled = xml.Text() == "Enabled" ? true : throw XmlBody.Malformed();
                    break;
                case "Rule" when rule is null:
                    xml.Children(child => rule = child == "DefaultRetention" && rule is null ? DefaultRetention(xml) : throw XmlBody.Malformed());
                    if (rule is null)
                        throw XmlBody.Malformed();
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });
        if (!enabled)
            throw XmlBody.Malformed();
        return rule ?? new ObjectLockDocument(RetentionMode.None, null, null);
    });

    private static ObjectLockDocument DefaultRetention(XmlBody xml)
    {
        var mode = RetentionMode.None;
        long? days = null, years = null;
        xml.Children(name =>
        {
            switch (name)
            {
                case "Mode":
                    mode = LockFields.ParseMode(xml.Text()) ?? throw XmlBody.Malformed();
                    break;
                case "Days":
                    days = xml.Number();
                    break;
                case "Years":
                    years = xml.Number();
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });
        return mode == RetentionMode.None || (days is null) == (years is null) ? throw XmlBody.Malformed() : new ObjectLockDocument(mode, days, years);
    }
}

/// <summary>The body of PutObjectRetention; an empty one asks for none.</summary>
internal sealed record RetentionDocument(Retention Retention)
{
    public const int MaxBodyBytes = 64 * 1024;

    public static RetentionDocument? Parse(ReadOnlyMemory<byte> body) => XmlBody.Parse(body, "Retention", xml =>
    {
        var mode = RetentionMode.None;
        DateTimeOffset? until = null;
        xml.Children(name =>
        {
            switch (name)
            {
                case "Mode":
                    mode = LockFields.ParseMode(xml.Text()) ?? throw XmlBody.Malformed();
                    break;
                case "RetainUntilDate":
                    until = LockFields.TryParseDate(xml.Text(), out var date) ? date : throw XmlBody.Malformed();
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });
        if ((mode == RetentionMode.None) != until is null)
            throw XmlBody.Malformed();
        return new RetentionDocument(until is { } time ? new Retention(mode, time) : default);
    });
}

/// <summary>The body of PutObjectLegalHold.</summary>
internal sealed record LegalHoldDocument(bool On)
{
    public const int MaxBodyBytes = 64 * 1024;

    public static LegalHoldDocument? Parse(ReadOnlyMemory<byte> body) => XmlBody.Parse(body, "LegalHold", xml =>
    {
        bool? on = null;
        xml.Children(name => on = name == "Status" ? xml.Text() switch { "ON" => true, "OFF" => false, _ => throw XmlBody.Malformed() } : throw XmlBody.Malformed());
        return new LegalHoldDocument(on ?? throw XmlBody.Malformed());
    });
}

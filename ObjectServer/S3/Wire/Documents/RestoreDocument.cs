using System.Globalization;

namespace ObjectStore.Server.S3.Wire.Documents;

/// <summary>The body of RestoreObject, not yet judged. Source: S3 API Reference, RestoreObject.</summary>
/// <param name="Days">Null where there are none.</param>
/// <param name="IsSelect">Whether it asks for more than a copy: a query, or where its result goes.</param>
internal sealed record RestoreDocument(int? Days, string? Tier, bool IsSelect)
{
    public const int MaxBodyBytes = 64 * 1024;

    /// <summary>Null if it is none.</summary>
    public static RestoreDocument? Parse(ReadOnlyMemory<byte> body) => XmlBody.Parse(body, "RestoreRequest", xml =>
    {
        var (days, tier, isSelect, seen) = (default(int?), default(string?), false, new HashSet<string>(StringComparer.Ordinal));
        xml.Children(name =>
        {
            if (!seen.Add(name)) throw XmlBody.Malformed();
            switch (name)
            {
                case "Days":
                    days = int.TryParse(xml.Text(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw XmlBody.Malformed();
                    break;
                case "GlacierJobParameters":
                    xml.Children(inner => tier = inner == "Tier" ? xml.Text() : throw XmlBody.Malformed());
                    break;
                case "Tier":
                    tier = xml.Text();
                    break;
                case "Description":
                    xml.Text();
                    break;
                case "Type" or "SelectParameters" or "OutputLocation":
                    isSelect = true;
                    xml.Skip();
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });
        return new RestoreDocument(days, tier, isSelect);
    });
}

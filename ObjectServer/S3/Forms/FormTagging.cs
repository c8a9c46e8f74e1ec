using System.Text;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Forms;

/// <summary>The XML of a form's tags. What keys and values may be is checked with those that come in headers.</summary>
internal static class FormTagging
{
    /// <returns>Null when malformed.</returns>
    public static IReadOnlyList<KeyValuePair<string, string>>? Parse(string text) => XmlBody.Parse(Encoding.UTF8.GetBytes(text), "Tagging", static xml =>
    {
        var tags = new List<KeyValuePair<string, string>>();
        xml.Children(set => Expect(set, "TagSet", () => xml.Children(tag => Expect(tag, "Tag", () => tags.Add(ParseTag(xml))))));
        return tags;
    });

    private static KeyValuePair<string, string> ParseTag(XmlBody xml)
    {
        string? key = null, value = null;
        xml.Children(name =>
        {
            switch (name)
            {
                case "Key" when key is null:
                    key = xml.Text();
                    break;
                case "Value" when value is null:
                    value = xml.Text();
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });
        return KeyValuePair.Create(key ?? throw XmlBody.Malformed(), value ?? throw XmlBody.Malformed());
    }

    private static void Expect(string name, string expected, Action parse)
    {
        if (name != expected) throw XmlBody.Malformed();
        parse();
    }
}

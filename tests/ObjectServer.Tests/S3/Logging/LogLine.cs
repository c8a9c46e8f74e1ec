using System.Globalization;

namespace ObjectStore.Server.Tests.S3.Logging;

/// <summary>A record of a server access log, parsed as its format is documented and no more leniently.</summary>
internal sealed record LogLine(IReadOnlyList<string> Fields)
{
    private static readonly int[] Quoted = [8, 15, 16];

    public string Owner => Fields[0];
    public string Bucket => Fields[1];
    public DateTimeOffset Time => DateTimeOffset.ParseExact(Fields[2], "dd/MMM/yyyy:HH:mm:ss zzz", CultureInfo.InvariantCulture);
    public string RemoteIp => Fields[3];
    public string Requester => Fields[4];
    public string RequestId => Fields[5];
    public string Operation => Fields[6];
    public string Key => Fields[7];
    public string Uri => Fields[8];
    public string Status => Fields[9];
    public string Error => Fields[10];
    public string BytesSent => Fields[11];
    public string ObjectSize => Fields[12];
    public string UserAgent => Fields[16];
    public string VersionId => Fields[17];
    public string SignatureVersion => Fields[19];
    public string AuthenticationType => Fields[21];
    public string AclRequired => Fields[25];

    public static List<LogLine> ParseAll(string text)
    {
        if (text.Length > 0) text.ShouldEndWith("\n");
        return [.. text.Split('\n')[..^1].Select(Parse)];
    }

    public static LogLine Parse(string line)
    {
        line.ShouldAllBe(c => c >= ' ' && c < 0x7F);
        var fields = new List<string>();
        for (var at = 0; at < line.Length;)
        {
            var (open, close) = fields.Count == 2 ? ('[', ']') : Quoted.Contains(fields.Count) ? ('"', '"') : ('\0', ' ');
            if (open != '\0') line[at++].ShouldBe(open, line);
            var end = line.IndexOf(close, at);
            if (end < 0)
            {
                close.ShouldBe(' ', line);
                end = line.Length;
            }
            fields.Add(line[at..end]);
            end.ShouldBeGreaterThan(at, $"empty field {fields.Count} in {line}");
            at = end + 1;
            if (open == '\0' || at >= line.Length) continue;
            line[at++].ShouldBe(' ', line);
        }
        fields.Count.ShouldBe(26, line);
        return new LogLine(fields);
    }
}

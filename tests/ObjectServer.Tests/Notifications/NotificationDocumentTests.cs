using System.Buffers;
using System.Text;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.Tests.Notifications;

/// <summary>Rules of notification as they come over the wire.</summary>
public sealed class NotificationDocumentTests
{
    private const string Arn = "arn:aws:sqs:us-east-1:000000000000:q";

    private static string Queue(string events, string filter = "", string id = "", string arn = Arn) =>
        $"<QueueConfiguration>{(id.Length > 0 ? $"<Id>{id}</Id>" : "")}<Queue>{arn}</Queue>"
        + string.Concat(events.Split(',').Select(type => $"<Event>{type}</Event>")) + filter + "</QueueConfiguration>";

    private static string Filter(string? prefix, string? suffix) =>
        "<Filter><S3Key>" + (prefix is null ? "" : Rule("prefix", prefix)) + (suffix is null ? "" : Rule("Suffix", suffix)) + "</S3Key></Filter>";

    private static string Rule(string name, string value) => $"<FilterRule><Name>{name}</Name><Value>{value}</Value></FilterRule>";

    private static string Outcome(string inner) => OutcomeOf(Encoding.UTF8.GetBytes($"<NotificationConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{inner}</NotificationConfiguration>"));

    private static string OutcomeOf(byte[] body)
    {
        try
        {
            return NotificationDocument.Check(NotificationDocument.Parse(body, static () => Guid.NewGuid().ToString("N"))) is { } error ? error.Code.ToString() : "OK";
        }
        catch (S3Exception e)
        {
            return e.Error.Code.ToString();
        }
    }

    public static TheoryData<string, string> Documents => new()
    {
        { "", "OK" },
        { Queue("s3:ObjectCreated:*"), "OK" },
        { Queue("s3:ObjectCreated:Put,s3:ObjectRemoved:*", Filter("a", "b")), "OK" },
        { Queue("s3:ObjectAcl:Put,s3:ObjectTagging:*,s3:LifecycleExpiration:DeleteMarkerCreated"), "OK" },
        { $"<TopicConfiguration><Topic>arn:aws:sns:r:1:t</Topic><Event>s3:ObjectCreated:*</Event></TopicConfiguration>", "OK" },
        // Event names.
        { Queue("s3:ObjectCreated"), "InvalidArgument" },
        { Queue("s3:*"), "InvalidArgument" },
        { Queue("s3:ObjectAcl:*"), "InvalidArgument" },
        { Queue("s3:objectcreated:put"), "InvalidArgument" },
        { Queue("s3:LifecycleTransition"), "OK" },
        { Queue("s3:LifecycleTransition:*"), "InvalidArgument" },
        { Queue("s3:ObjectRestore:*"), "OK" },
        { Queue("s3:IntelligentTiering"), "NotImplemented" },
        { Queue("s3:Replication:OperationNotTracked"), "NotImplemented" },
        { Queue("s3:ReducedRedundancyLostObject"), "NotImplemented" },
        // Targets that there are not.
        { "<EventBridgeConfiguration/>", "NotImplemented" },
        { "<CloudFunctionConfiguration><CloudFunction>arn:aws:lambda:r:1:function:f</CloudFunction><Event>s3:ObjectCreated:*</Event></CloudFunctionConfiguration>", "NotImplemented" },
        { Queue("s3:ObjectCreated:*", arn: "nothing"), "InvalidArgument" },
        { Queue("s3:ObjectCreated:*", arn: "arn:aws:sns:us-east-1:000000000000:q"), "InvalidArgument" },
        // Ids.
        { Queue("s3:ObjectCreated:*", id: "a") + Queue("s3:ObjectRemoved:*", id: "a"), "InvalidArgument" },
        { Queue("s3:ObjectCreated:*", id: "a") + Queue("s3:ObjectRemoved:*", id: "b"), "OK" },
        { Queue("s3:ObjectCreated:*", id: new string('x', 256)), "InvalidArgument" },
        // Overlaps.
        { Queue("s3:ObjectCreated:*") + Queue("s3:ObjectCreated:Put"), "InvalidArgument" },
        { Queue("s3:ObjectCreated:*", Filter("a/", null)) + Queue("s3:ObjectCreated:*", Filter("b/", null)), "OK" },
        { Queue("s3:ObjectCreated:*", Filter("a/", null)) + Queue("s3:ObjectCreated:*", Filter("a/b/", null)), "InvalidArgument" },
        { Queue("s3:ObjectCreated:*", Filter("a/", ".x")) + Queue("s3:ObjectCreated:*", Filter("a/", ".y")), "OK" },
        { Queue("s3:ObjectCreated:*", Filter("a/", "x")) + Queue("s3:ObjectCreated:*", Filter("a/", ".x")), "InvalidArgument" },
        { Queue("s3:ObjectCreated:*", Filter(null, ".x")) + Queue("s3:ObjectCreated:*", Filter("a/", null)), "InvalidArgument" },
        { Queue("s3:ObjectCreated:*", Filter("a/", null)) + Queue("s3:ObjectRemoved:*", Filter("a/", null)), "OK" },
        // Filters.
        { Queue("s3:ObjectCreated:*", $"<Filter><S3Key>{Rule("prefix", "a")}{Rule("prefix", "b")}</S3Key></Filter>"), "InvalidArgument" },
        { Queue("s3:ObjectCreated:*", $"<Filter><S3Key>{Rule("regex", "a")}</S3Key></Filter>"), "InvalidArgument" },
        { Queue("s3:ObjectCreated:*", $"<Filter><S3Tags>{Rule("a", "b")}</S3Tags></Filter>"), "NotImplemented" },
        { Queue("s3:ObjectCreated:*", Filter(new string('x', 1025), null)), "InvalidArgument" },
        // Shape.
        { "<Nonsense/>", "MalformedXML" },
        { "<QueueConfiguration><Event>s3:ObjectCreated:*</Event></QueueConfiguration>", "MalformedXML" },
        { $"<QueueConfiguration><Queue>{Arn}</Queue></QueueConfiguration>", "MalformedXML" },
        { Queue("s3:ObjectCreated:*").Replace("</Queue>", $"</Queue><Queue>{Arn}</Queue>", StringComparison.Ordinal), "MalformedXML" },
    };

    [Theory]
    [MemberData(nameof(Documents))]
    public void Documents_are_judged_as_S3_judges_them(string inner, string outcome) => Outcome(inner).ShouldBe(outcome);

    [Fact]
    public void What_was_written_reads_the_same()
    {
        var record = NotificationDocument.Parse(Encoding.UTF8.GetBytes(
            $"<NotificationConfiguration>{Queue("s3:ObjectCreated:*", Filter("a&amp;b", null))}{Queue("s3:ObjectRemoved:Delete", Filter("", "c"), "named")}</NotificationConfiguration>"), static () => "made");
        record.Rules[0].Id.ShouldBe("made");
        var output = new ArrayBufferWriter<byte>();
        NotificationDocument.Write(output, record);
        NotificationDocument.Parse(output.WrittenMemory, static () => throw new InvalidOperationException()).ShouldBe(record);
    }

    [Fact]
    public void Rules_that_pass_never_fit_the_same_change_twice()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        string[] texts = ["", "a", "b", "ab", "ba", "aa"];
        string[] types = ["s3:ObjectCreated:*", "s3:ObjectCreated:Put", "s3:ObjectRemoved:*", "s3:ObjectCreated:Copy"];
        for (var i = 0; i < 2000; i++)
        {
            var record = new Metadata.Schema.NotificationRecord();
            for (var rule = 0; rule < 3; rule++)
            {
                record.Rules.Add(new Metadata.Schema.NotificationRuleRecord
                {
                    TargetKind = NotificationDocument.Queue, Id = $"{rule}", TargetArn = Arn, Events = { types[random.Next(types.Length)] },
                    Prefix = texts[random.Next(texts.Length)], Suffix = texts[random.Next(texts.Length)],
                });
            }
            if (NotificationDocument.Check(record) is not null) continue;
            var key = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 4).Select(_ => "ab"[random.Next(2)])));
            var single = record.Rules.Select(rule => NotificationRules.Parse(Google.Protobuf.MessageExtensions.ToByteArray(new Metadata.Schema.NotificationRecord { Rules = { rule } })));
            single.Count(rules => rules.Find(ChangeKind.CreatedByPut, key) is not null).ShouldBeLessThanOrEqualTo(1, $"seed {seed}, {record}");
        }
    }

    [Fact]
    public void Any_bytes_are_answered()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var valid = Encoding.UTF8.GetBytes($"<NotificationConfiguration>{Queue("s3:ObjectCreated:*", Filter("a", "b"), "x")}</NotificationConfiguration>");
        for (var i = 0; i < 3000; i++)
        {
            var body = (byte[])valid.Clone();
            for (var flips = random.Next(1, 6); flips > 0; flips--) body[random.Next(body.Length)] = (byte)random.Next(256);
            if (random.Next(4) == 0) body = body[..random.Next(body.Length)];
            Should.NotThrow(() => OutcomeOf(body), $"seed {seed}, {Convert.ToHexString(body)}").ShouldBeOneOf("OK", "MalformedXML", "InvalidArgument", "NotImplemented");
        }
    }
}

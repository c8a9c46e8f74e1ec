using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using ObjectStore.Server.Policies;
using ObjectStore.Server.Policies.Language;

namespace ObjectStore.Server.Tests.Policies;

public class PolicyFuzzTests
{
    private static readonly PolicyType[] Types = Enum.GetValues<PolicyType>();

    [Fact]
    public void Any_bytes_give_a_document_or_an_error() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), Prop.ForAll<byte[]>(bytes =>
        {
            foreach (var type in Types) ParseAnything(bytes, type);
            foreach (var type in Types) ParseAnything([(byte)'{', .. bytes, (byte)'}'], type);
        }));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_damaged_document_gives_a_document_or_an_error(int seed)
    {
        var random = new Random(seed);
        var maker = new PolicyMaker(random);
        for (var round = 0; round < 2_000; round++)
        {
            var type = Types[random.Next(Types.Length)];
            var bytes = Encoding.UTF8.GetBytes(maker.Document(type)).ToList();
            for (var damage = random.Next(1, 4); damage > 0; damage--) Damage(bytes, random);
            ParseAnything([.. bytes], type);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_random_document_is_kept_as_it_was_given(int seed)
    {
        var random = new Random(seed);
        var maker = new PolicyMaker(random);
        for (var round = 0; round < 500; round++)
        {
            var type = Types[random.Next(Types.Length)];
            var json = maker.Document(type);
            var first = PolicyBench.Parse(json, type);
            Encoding.UTF8.GetString(first.Text.Span).ShouldBe(json);
            PolicyDocument.Parse(first.Text.Span, type).IsOk.ShouldBeTrue();
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Decisions_are_those_of_the_naive_oracle(int seed)
    {
        var random = new Random(seed);
        var maker = new PolicyMaker(random);
        var verdicts = new Dictionary<PolicyVerdict, int>();
        for (var round = 0; round < 1_500; round++)
        {
            var (principal, action, resource, keys) = (maker.Asker(), maker.RequestAction(), maker.RequestResource(), maker.Keys());
            var hasPolicies = principal.Kind is PolicyPrincipalKind.User or PolicyPrincipalKind.AssumedRole;
            string[] identity = hasPolicies ? [.. Enumerable.Range(0, random.Next(3)).Select(_ => maker.Document(PolicyType.Identity))] : [];
            var boundary = hasPolicies && random.Next(4) == 0 ? maker.Document(PolicyType.Identity) : null;
            string[]? session = principal.Kind == PolicyPrincipalKind.AssumedRole && random.Next(4) == 0 ? [maker.Document(PolicyType.Identity)] : null;
            var bucket = random.Next(4) == 0 ? null : maker.Document(PolicyType.Resource);
            var acl = (AclGrant)random.Next(6) is var grant && Enum.IsDefined(grant) ? grant : AclGrant.None;

            var expected = NaiveEvaluator.Evaluate(principal, action, resource, PolicyBench.Ours, keys, identity, boundary, session, bucket, acl);
            var context = new Keys();
            foreach (var (key, values) in keys) context[key] = values;
            var policies = new PrincipalPolicies([.. identity.Select(Read)], boundary is null ? null : Read(boundary), session?.Select(Read).ToArray());
            var decision = PolicyBench.Decide(
                principal, action, resource, policies, bucket is null ? null : PolicyBench.Parse(bucket, PolicyType.Resource), acl, PolicyBench.Ours, context);
            decision.Verdict.ShouldBe(
                expected,
                $"seed {seed}, round {round}: {principal.Arn} {action} {resource} {acl}\nidentity {string.Join('\n', identity)}\nboundary {boundary}\n"
                + $"session {string.Join('\n', session ?? [])}\nbucket {bucket}\nkeys {string.Join(' ', keys.Select(key => $"{key.Key}={string.Join(',', key.Value)}"))}");
            verdicts[expected] = verdicts.GetValueOrDefault(expected) + 1;
        }
        // A run in which hardly anything is allowed or denied would prove little.
        foreach (var verdict in Enum.GetValues<PolicyVerdict>()) verdicts.GetValueOrDefault(verdict).ShouldBeGreaterThan(50, $"seed {seed}: {verdict}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Wildcards_match_what_the_regular_expression_matches(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 5_000; round++)
        {
            var pattern = Text(random, "ab*?", 10);
            var value = Text(random, "ab", 12);
            var expression = "^" + Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal) + "$";
            var compiled = PolicyTextCompiler.Compile(pattern, wildcards: true, variables: false)!;
            compiled.Matches(value, TextMatch.Exact).ShouldBe(Regex.IsMatch(value, expression), $"seed {seed}: {pattern} {value}");
            compiled.Matches(value.ToUpperInvariant(), TextMatch.IgnoreCase).ShouldBe(Regex.IsMatch(value, expression), $"seed {seed}: {pattern} {value}");
        }
    }

    [Fact]
    public void The_worst_patterns_are_decided_quickly()
    {
        var value = new string('a', 32_000);
        string[] patterns =
        [
            string.Concat(Enumerable.Repeat("*a", 8_000)) + "*b", "*" + new string('a', 15_000) + "b*", "*" + string.Concat(Enumerable.Repeat("?a", 450)) + "b*",
            string.Concat(Enumerable.Repeat("*aa?", 300)) + "b",
        ];
        foreach (var pattern in patterns)
        {
            var policy = PolicyBench.Identity($$"""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringLike":{"aws:key":"{{pattern}}" } } }""");
            var watch = Stopwatch.StartNew();
            PolicyBench.Decide(PolicyBench.User(), "s3:GetObject", "arn:aws:s3:::b/k", new([policy]), keys: new() { ["aws:key"] = [value] }).IsAllowed.ShouldBeFalse();
            // Exponential or even quadratic work in characters would take minutes; this leaves room for a machine that is busy.
            watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(20), pattern[..20]);
        }
    }

    private static PolicyDocument Read(string json) => PolicyBench.Parse(json, PolicyType.Identity);

    private static void ParseAnything(byte[] bytes, PolicyType type)
    {
        var result = PolicyDocument.Parse(bytes, type);
        if (!result.IsOk) result.Error.Message.ShouldNotBeNullOrEmpty();
        else result.Document.CheckBucket("b");
    }

    private static void Damage(List<byte> bytes, Random random)
    {
        var at = random.Next(bytes.Count);
        switch (random.Next(5))
        {
            case 0:
                bytes.RemoveAt(at);
                break;
            case 1:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes.Insert(at, (byte)"{}[]\",:\\*?$/ "[random.Next(13)]);
                break;
            case 3:
                var length = random.Next(Math.Min(20, bytes.Count - at));
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            default:
                bytes.RemoveRange(at, random.Next(Math.Min(20, bytes.Count - at)));
                break;
        }
        if (bytes.Count == 0) bytes.Add((byte)'{');
    }

    private static string Text(Random random, string alphabet, int maxLength) =>
        new([.. Enumerable.Range(0, random.Next(maxLength + 1)).Select(_ => alphabet[random.Next(alphabet.Length)])]);

    /// <summary>Documents and requests over few names, so that they meet.</summary>
    private sealed class PolicyMaker(Random random)
    {
        private static readonly string[] Principals =
        [
            "\"*\"", "{\"AWS\":\"*\"}", "{\"AWS\":\"111111111111\"}", "{\"AWS\":\"arn:aws:iam::222222222222:root\"}",
            "{\"AWS\":[\"arn:aws:iam::111111111111:user/bob\",\"arn:aws:iam::222222222222:user/bob\"]}", "{\"AWS\":\"arn:aws:iam::111111111111:role/reader\"}",
            "{\"AWS\":[\"arn:aws:sts::111111111111:assumed-role/reader/job\",\"arn:aws:iam::222222222222:role/reader\"]}",
            "{\"AWS\":[\"111111111111\",\"arn:aws:iam::111111111111:user/bob\",\"222222222222\"]}",
            "{\"AWS\":[\"111111111111\",\"arn:aws:iam::111111111111:role/reader\",\"arn:aws:sts::111111111111:assumed-role/reader/job\"]}",
            "{\"CanonicalUser\":\"2222222222222222222222222222222222222222222222222222222222222222\",\"Service\":\"logging.s3.amazonaws.com\"}",
            "{\"Service\":[\"logging.s3.amazonaws.com\"]}",
        ];

        private static readonly string[] Actions = ["s3:GetObject", "s3:Get*", "s3:PutObject", "s3:*", "*", "s3:ListBucket", "s3:*Object", "s3:?etObject", "S3:GETOBJECT", "s3:*BucketPolicy"];

        private static readonly string[] Resources =
        [
            "arn:aws:s3:::b", "arn:aws:s3:::b/*", "arn:aws:s3:::*", "arn:aws:s3:::b/a", "arn:aws:s3:::b/a/*", "arn:aws:s3:::b/?", "arn:aws:s3:::b/${aws:username}/*",
            "arn:aws:s3:::b/${aws:none}", "arn:aws:s3:::b/${aws:none, 'a'}", "arn:aws:s3:::b/*${*}", "*",
        ];

        private static readonly string[] Operators =
        [
            "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike", "NumericEquals", "NumericNotEquals",
            "NumericLessThan", "NumericGreaterThanEquals", "Bool", "Null",
        ];

        private static readonly string[] TextValues = ["a", "A", "b", "a*", "?", "*", "${aws:username}", "${aws:none}", "${aws:many}", "${*}", ""];
        private static readonly string[] KeyNames = ["aws:one", "AWS:Two", "aws:many", "s3:prefix", "aws:none"];

        public string Document(PolicyType type)
        {
            var statements = Enumerable.Range(0, random.Next(1, 4)).Select(_ => Statement(type)).ToArray();
            var body = statements.Length == 1 && random.Next(2) == 0 ? statements[0] : $"[{string.Join(" , ", statements)}]";
            return $$"""{"Version":"2012-10-17", "Statement":{{body}}}""";
        }

        public PolicyPrincipal Asker() => random.Next(8) switch
        {
            0 => PolicyPrincipal.Anonymous,
            1 => PolicyBench.Root(),
            2 => PolicyBench.Root(PolicyBench.Theirs),
            3 => PolicyBench.User(),
            4 => PolicyBench.User(PolicyBench.Theirs),
            5 => PolicyBench.Session(),
            6 => PolicyBench.Session(PolicyBench.Theirs),
            _ => PolicyBench.Service(),
        };

        public string RequestAction() => Pick(["s3:GetObject", "s3:PutObject", "s3:ListBucket", "s3:GetBucketPolicy"]);

        public string RequestResource() => Pick(["arn:aws:s3:::b", "arn:aws:s3:::b/a", "arn:aws:s3:::b/a/b", "arn:aws:s3:::b/bob/x", "arn:aws:s3:::b/*", "arn:aws:s3:::b/"]);

        public Dictionary<string, string[]> Keys()
        {
            var keys = new Dictionary<string, string[]> { ["aws:many"] = ["a", "b"] };
            if (random.Next(2) == 0) keys["aws:username"] = [Pick(["bob", "a", "*"])];
            foreach (var name in new[] { "aws:one", "aws:two", "s3:prefix" })
            {
                if (random.Next(3) > 0) keys[name] = [.. Enumerable.Range(0, random.Next(1, 3)).Select(_ => Pick(["a", "A", "b", "ab", "1", "2", "true", "*", ""]))];
            }
            return keys;
        }

        private string Statement(PolicyType type)
        {
            var allows = random.Next(3) > 0;
            var fields = new List<string> { $"\"Effect\":\"{(allows ? "Allow" : "Deny")}\"" };
            if (type != PolicyType.Identity) fields.Add($"\"{(!allows && random.Next(3) == 0 ? "NotPrincipal" : "Principal")}\":{Pick(Principals)}");
            fields.Add(type == PolicyType.Trust ? "\"Action\":\"sts:AssumeRole\"" : $"\"{(random.Next(5) == 0 ? "NotAction" : "Action")}\":{Some(Actions)}");
            if (type != PolicyType.Trust) fields.Add($"\"{(random.Next(5) == 0 ? "NotResource" : "Resource")}\":{Some(Resources)}");
            if (random.Next(2) == 0) fields.Add($"\"Condition\":{Condition()}");
            return $"{{{string.Join(", ", fields.OrderBy(_ => random.Next()))}}}";
        }

        private string Condition()
        {
            var blocks = Enumerable.Range(0, random.Next(1, 3)).Select(_ => Operator()).Distinct().Select(name =>
                $"\"{name}\":{{{string.Join(',', Enumerable.Range(0, random.Next(1, 3)).Select(_ => Pick(KeyNames)).Distinct().Select(key => $"\"{key}\":{Values(name)}"))}}}");
            return $"{{{string.Join(',', blocks)}}}";
        }

        private string Operator()
        {
            var name = Pick(Operators);
            if (name == "Null") return name;
            return (random.Next(4) switch { 0 => "ForAllValues:", 1 => "ForAnyValue:", _ => "" }) + name + (random.Next(4) == 0 ? "IfExists" : "");
        }

        private string Values(string name)
        {
            if (name.Contains("Numeric", StringComparison.Ordinal)) return random.Next(3).ToString(CultureInfo.InvariantCulture);
            if (name.Contains("Bool", StringComparison.Ordinal) || name == "Null") return Pick(["true", "\"false\"", "\"true\""]);
            return Some(TextValues);
        }

        private string Some(string[] from) => random.Next(3) == 0
            ? $"[{string.Join(',', Enumerable.Range(0, random.Next(1, 4)).Select(_ => $"\"{Pick(from)}\""))}]"
            : $"\"{Pick(from)}\"";

        private string Pick(string[] from) => from[random.Next(from.Length)];
    }
}

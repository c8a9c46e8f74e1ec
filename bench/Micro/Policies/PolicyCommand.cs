using System.Diagnostics;
using System.Globalization;
using System.Text;
using ObjectStore.Server.Policies;

namespace ObjectStore.Bench.Micro.Policies;

/// <summary>`bench/run.sh policy`: what a decision costs, and what it allocates, for policies as people write them; and what parsing costs.</summary>
internal static class PolicyCommand
{
    private const string Account = "111111111111";
    private const int Rounds = 5;
    private const int Decisions = 200_000;

    private static readonly PolicyPrincipal Bob = new(PolicyPrincipalKind.User, Account, new string('1', 64), $"arn:aws:iam::{Account}:user/bob");

    public static int Run()
    {
        var all = Parse("""{"Effect":"Allow","Action":"s3:*","Resource":"*"}""", PolicyType.Identity);
        var home = Parse("""
            [{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::photos","Condition":{"StringLike":{"s3:prefix":["","home/*"]}}},
             {"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::photos/home/${aws:username}/*"}]
            """, PolicyType.Identity);
        var bucket = Parse("""
            [{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::photos","arn:aws:s3:::photos/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}},
             {"Effect":"Allow","Principal":{"AWS":["222222222222","arn:aws:iam::111111111111:user/alice"]},"Action":"s3:GetObject","Resource":"arn:aws:s3:::photos/*",
              "Condition":{"IpAddress":{"aws:SourceIp":["192.0.2.0/24","203.0.113.0/24"]}}}]
            """, PolicyType.Resource);
        var many = Parse($"[{string.Join(',', Enumerable.Range(0, 100).Select(n => $$"""{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket-{{n}}/*"}"""))}]", PolicyType.Identity);

        Console.WriteLine($"a decision, median of {Rounds}");
        Measure("allow all", new([all]), default);
        Measure("home directory, variable", new([home]), default);
        Measure("allow all, bucket policy of 2 statements", new([all]), new ResourcePolicies(bucket));
        Measure("100 statements, none matches", new([many]), default);
        Measure("100 statements, the last matches", new([many, all]), default);
        MeasureParsing(bucket.Text);
        return 0;
    }

    private static void Measure(string name, PrincipalPolicies principal, ResourcePolicies resource)
    {
        var request = new PolicyRequest(Bob, "s3:GetObject", "arn:aws:s3:::photos/home/bob/2026/holiday.raw", Account, new Keys());
        var (nanoseconds, bytes) = Median(Decisions, () => PolicyEvaluator.Evaluate(request, principal, resource));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name,-42} {nanoseconds,8:F0} ns {bytes,6:F0} bytes"));
    }

    private static void MeasureParsing(ReadOnlyMemory<byte> text)
    {
        var (nanoseconds, bytes) = Median(Decisions / 50, () => PolicyDocument.Parse(text.Span, PolicyType.Resource));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {"parsing " + text.Length + " bytes",-42} {nanoseconds,8:F0} ns {bytes,6:F0} bytes"));
    }

    private static (double Nanoseconds, double Bytes) Median<T>(int count, Func<T> work)
    {
        var times = new List<double>();
        var bytes = 0.0;
        for (var round = -1; round < Rounds; round++)
        {
            var (start, allocated) = (Stopwatch.GetTimestamp(), GC.GetAllocatedBytesForCurrentThread());
            for (var n = 0; n < count; n++) work();
            if (round < 0) continue;
            times.Add(Stopwatch.GetElapsedTime(start).TotalNanoseconds / count);
            bytes = (double)(GC.GetAllocatedBytesForCurrentThread() - allocated) / count;
        }
        times.Sort();
        return (times[Rounds / 2], bytes);
    }

    private static PolicyDocument Parse(string statements, PolicyType type) =>
        PolicyDocument.Parse(Encoding.UTF8.GetBytes($$"""{"Version":"2012-10-17","Statement":{{statements}} }"""), type).Document
        ?? throw new InvalidOperationException($"Not a policy: {statements}");

    private sealed class Keys : IConditionContext
    {
        public ConditionValues GetValues(ConditionKey key) => key.Name switch
        {
            "aws:username" => "bob",
            "aws:securetransport" => "true",
            "aws:sourceip" => "203.0.113.9",
            _ => ConditionValues.None,
        };
    }
}

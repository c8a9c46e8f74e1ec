using System.Buffers.Binary;
using Amazon.S3.Model;
using Google.Protobuf;
using ObjectStore.Client;
using ObjectStore.Client.S3;
using ObjectStore.Metadata.Schema;
using ObjectStore.ObjectServer.Tests.Objects;
using ObjectStore.Server.Objects;

namespace ObjectStore.ObjectServer.Tests.Replication;

/// <summary>What somebody may try with the calls by which versions arrive.</summary>
public sealed class ReplicaHostilityTests : ReplicaServers
{
    private static int _names;

    [Fact]
    public async Task Whoever_may_write_objects_may_not_choose_their_ids()
    {
        var document = DocumentOf(Now(), "hello"u8.ToArray());
        var writer = await UserAsync("s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObjectTagging");
        (await PutAsync(writer, "k", document, "hello"u8.ToArray())).ShouldBe("AccessDenied");
        (await SendAsync(writer, HttpMethod.Post, "k", "replica", document.ToByteArray())).ShouldBe("AccessDenied");
        (await SendAsync(writer, HttpMethod.Post, "k", "replica&uploads", document.ToByteArray())).ShouldBe("AccessDenied");
        (await SendAsync(writer, HttpMethod.Delete, "k", "replica", null, ReplicaMarker(Now()))).ShouldBe("AccessDenied");

        // An ordinary call with the headers is refused as such, not taken as one without.
        (await SendAsync(writer, HttpMethod.Put, "k", "", "hello"u8.ToArray(), ReplicaMarker(Now()))).ShouldBe("InvalidArgument");
        (await SendAsync(writer, HttpMethod.Delete, "k", "", null, ReplicaMarker(Now()))).ShouldBe("InvalidArgument");
        (await new ReplicaStoreOf(Target.Services, Bucket).VersionsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Each_right_is_for_itself()
    {
        var document = DocumentOf(Now(), "hello"u8.ToArray());
        var tagged = document.Clone();
        tagged.Version.Headers = new HeadersRecord { Tags = { new NameValue { Name = "a", Value = "b" } } };
        var replicator = await UserAsync("s3:ReplicateObject");
        (await PutAsync(replicator, "k", tagged, "hello"u8.ToArray())).ShouldBe("AccessDenied", "tags");
        (await SendAsync(replicator, HttpMethod.Delete, "k", "replica", null, ReplicaMarker(Now()))).ShouldBe("AccessDenied", "a marker");
        var marker = document.Clone();
        (marker.Version.Flags, marker.Version.Etag, marker.Version.Length) = ((uint)VersionFlags.DeleteMarker, ByteString.Empty, 0);
        (await SendAsync(replicator, HttpMethod.Post, "k", "replica", marker.ToByteArray())).ShouldBe("InvalidRequest", "a marker by another call");
        (await PutAsync(replicator, "k", document, "hello"u8.ToArray())).ShouldBe("200");
        (await PutAsync(await UserAsync("s3:ReplicateObject", "s3:ReplicateTags"), "k2", tagged, "hello"u8.ToArray())).ShouldBe("200");
        (await SendAsync(await UserAsync("s3:ReplicateDelete"), HttpMethod.Delete, "k", "replica", null, ReplicaMarker(Now()))).ShouldBe("200");
        (await SendAsync(replicator, HttpMethod.Get, "k", "", null)).ShouldBe("AccessDenied", "reading");
    }

    [Fact]
    public async Task A_version_that_is_there_is_never_another_one()
    {
        var root = await UserAsync("s3:*");
        var (now, body) = (Now(), "hello"u8.ToArray());
        var document = DocumentOf(now, body);
        (await PutAsync(root, "k", document, body)).ShouldBe("200");
        foreach (var change in (Action<VersionRecord>[])
            [version => version.Nonce++, version => version.Length = 4, version => version.Etag = ByteString.CopyFrom(new byte[16]), version => version.ModifiedTicks--])
        {
            var other = document.Clone();
            change(other.Version);
            (await PutAsync(root, "k", other, "hell"u8.ToArray().Concat(other.Version.Length == 5 ? "o"u8.ToArray() : []).ToArray())).ShouldBe("ReplicaConflict");
        }
        var replaced = document.Clone();
        replaced.Version.Sequence--;
        replaced.Version.ModifiedTicks = replaced.Version.Sequence;
        replaced.Version.Checksum = new ChecksumRecord { Algorithm = 1, Value = ByteString.CopyFrom(1, 2, 3, 4) };
        (await PutAsync(root, "k", replaced, body)).ShouldBe("BadDigest", "other bytes than the version's");
        (await PutAsync(root, "k", DocumentOf(now - 100, "hello"u8.ToArray()), "hell"u8.ToArray())).ShouldBe("IncompleteBody");
        (await new ReplicaStoreOf(Target.Services, Bucket).VersionsAsync()).ShouldHaveSingleItem().Record.Nonce.ShouldBe(document.Version.Nonce);
    }

    [Fact]
    public async Task What_comes_from_the_future_or_is_no_version_is_refused()
    {
        var root = await UserAsync("s3:*");
        var (now, body) = (Now(), "hello"u8.ToArray());
        (await PutAsync(root, "k", DocumentOf(now + (ulong)TimeSpan.FromHours(1).Ticks, body), body)).ShouldBe("RequestTimeTooSkewed");
        (await SendAsync(root, HttpMethod.Delete, "k", "replica", null, ReplicaMarker(ulong.MaxValue))).ShouldBe("InvalidRequest");
        (await SendAsync(root, HttpMethod.Delete, "k", "replica", null, ReplicaMarker(now + (ulong)TimeSpan.FromHours(1).Ticks))).ShouldBe("RequestTimeTooSkewed");
        foreach (var change in (Action<VersionRecord>[])
        [
            version => version.Sequence = 0,
            version => version.ModifiedTicks = version.Sequence + 1,
            version => version.Etag = ByteString.CopyFrom(1, 2),
            version => version.PartCount = 1_000_000,
            version => version.RetentionMode = 7,
            version => version.LegalHold = 9,
            version => version.RetainUntilTicks = 5,
            version => (version.RetentionMode, version.RetainUntilTicks) = (2, ulong.MaxValue),
            version => version.Checksum = new ChecksumRecord { Algorithm = 77, Value = ByteString.CopyFrom(1, 2, 3, 4) },
            version => version.Headers = new HeadersRecord { ContentType = "a\r\nx-amz-evil: 1" },
            version => version.Headers = new HeadersRecord { UserMetadata = { new NameValue { Name = "big", Value = new string('x', 5000) } } },
            version => version.Flags = (uint)VersionFlags.OwnsContent,
            version => version.Length = ulong.MaxValue,
        ])
        {
            var document = DocumentOf(now, body);
            change(document.Version);
            (await PutAsync(root, "k", document, body)).ShouldBe("InvalidRequest", document.ToString());
        }
        (await SendAsync(root, HttpMethod.Put, "k", "replica", [0xFF, 0xFF, 0xFF, 0xFF, 1])).ShouldBe("InvalidRequest");
        (await SendAsync(root, HttpMethod.Put, "k", "replica", [1])).ShouldBe("InvalidRequest");
        (await SendAsync(root, HttpMethod.Post, "k", "replica", [0xFF])).ShouldBe("InvalidRequest");
        (await SendAsync(root, HttpMethod.Delete, "k", "replica", null)).ShouldBe("InvalidArgument");

        var unversioned = await Target.NewBucketAsync();
        (await PutAsync(root, "k", DocumentOf(now, body), body, unversioned)).ShouldBe("InvalidBucketState");
        var locked = DocumentOf(now, body);
        (locked.Version.RetentionMode, locked.Version.RetainUntilTicks) = (1, now + (ulong)TimeSpan.FromDays(1).Ticks);
        (await PutAsync(root, "k", locked, body, await Target.NewBucketAsync(versioned: true))).ShouldBe("InvalidRequest", "no object lock");
        (await new ReplicaStoreOf(Target.Services, Bucket).VersionsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Uploads_of_replicas_and_of_clients_do_not_mix()
    {
        var root = await UserAsync("s3:*");
        var document = DocumentOf(Now(), new byte[5]);
        document.Version.PartCount = 1;
        var begun = ReplicaAnswer.Parser.ParseFrom((await root.SendObjectAsync(HttpMethod.Post, Bucket, "k", "replica&uploads", StreamedBody.Of(document.ToByteArray()), [], default)).Body);
        // A client can neither write a part of the version nor make an object of it; it can give it up.
        (await SendAsync(root, HttpMethod.Put, "k", $"partNumber=1&uploadId={begun.UploadId}", [1])).ShouldBe("NoSuchUpload");
        var complete = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>"u8.ToArray();
        (await SendAsync(root, HttpMethod.Post, "k", $"uploadId={begun.UploadId}", complete)).ShouldBe("NoSuchUpload");

        var own = await Target.Client.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = Bucket, Key = "k" });
        (await SendAsync(root, HttpMethod.Put, "k", $"partNumber=1&replica&uploadId={own.UploadId}", [1])).ShouldBe("NoSuchUpload");
        document.Parts.Add(new ManifestPart { PartNumber = 1, Length = 5, Etag = ByteString.CopyFrom(new byte[16]) });
        (await SendAsync(root, HttpMethod.Post, "k", $"replica&uploadId={own.UploadId}", document.ToByteArray())).ShouldBe("NoSuchUpload");
        (await SendAsync(root, HttpMethod.Post, "k", $"replica&uploadId={begun.UploadId}", document.ToByteArray())).ShouldBe("InvalidPart");
        var another = document.Clone();
        another.Version.Nonce++;
        (await SendAsync(root, HttpMethod.Put, "k", $"partNumber=1&replica&uploadId={begun.UploadId}", new byte[5])).ShouldBe("200");
        (await SendAsync(root, HttpMethod.Post, "k", $"replica&uploadId={begun.UploadId}", another.ToByteArray())).ShouldBe("NoSuchUpload", "the parts of another version");
        (await SendAsync(root, HttpMethod.Delete, "k", $"uploadId={begun.UploadId}", null)).ShouldBe("204");
        (await SendAsync(root, HttpMethod.Post, "k", $"replica&uploadId={begun.UploadId}", document.ToByteArray())).ShouldBe("NoSuchUpload");
    }

    [Fact]
    public async Task Compliance_is_never_shortened()
    {
        var root = await UserAsync("s3:*");
        var (now, body, day) = (Now(), "hello"u8.ToArray(), (ulong)TimeSpan.FromDays(1).Ticks);
        var document = DocumentOf(now, body);
        (document.Version.RetentionMode, document.Version.RetainUntilTicks) = (2, now + (2 * day));
        (await PutAsync(root, "k", document, body)).ShouldBe("200");
        foreach (var (mode, until) in ((uint, ulong)[])[(0, 0), (1, now + (9 * day)), (2, now + day)])
        {
            var weaker = document.Clone();
            (weaker.Version.RetentionMode, weaker.Version.RetainUntilTicks) = (mode, until);
            weaker.Version.Replication = new ReplicationRecord { RetentionTicks = Now() };
            (await SendAsync(root, HttpMethod.Post, "k", "replica", weaker.ToByteArray())).ShouldBe("200");
            var there = (await new ReplicaStoreOf(Target.Services, Bucket).VersionsAsync()).ShouldHaveSingleItem().Record;
            (there.RetentionMode, there.RetainUntilTicks).ShouldBe((2u, now + (2 * day)), $"{mode}");
        }
        var longer = document.Clone();
        longer.Version.RetainUntilTicks += day;
        longer.Version.Replication = new ReplicationRecord { RetentionTicks = Now() };
        (await SendAsync(root, HttpMethod.Post, "k", "replica", longer.ToByteArray())).ShouldBe("200");
        (await new ReplicaStoreOf(Target.Services, Bucket).VersionsAsync()).ShouldHaveSingleItem().Record.RetainUntilTicks.ShouldBe(now + (3 * day));
    }

    [Fact]
    public async Task A_lock_is_only_loosened_by_who_could_do_so_without_replication()
    {
        var (now, body, day) = (Now(), "hello"u8.ToArray(), (ulong)TimeSpan.FromDays(1).Ticks);
        var replicator = await UserAsync("s3:ReplicateObject", "s3:ReplicateTags");
        var document = DocumentOf(now, body);
        (document.Version.RetentionMode, document.Version.RetainUntilTicks, document.Version.LegalHold) = (1, now + day, (uint)LegalHold.On);
        (await PutAsync(replicator, "k", document, body)).ShouldBe("200");
        async Task<(uint, ulong, uint)> LockAsync()
        {
            var there = (await new ReplicaStoreOf(Target.Services, Bucket).VersionsAsync()).ShouldHaveSingleItem().Record;
            return (there.RetentionMode, there.RetainUntilTicks, there.LegalHold);
        }

        var free = document.Clone();
        (free.Version.RetentionMode, free.Version.RetainUntilTicks) = (0, 0);
        free.Version.Replication = new ReplicationRecord { RetentionTicks = Now() };
        (await SendAsync(replicator, HttpMethod.Post, "k", "replica", free.ToByteArray())).ShouldBe("AccessDenied", "a retention");
        var lifted = document.Clone();
        lifted.Version.LegalHold = 0;
        lifted.Version.Replication = new ReplicationRecord { LegalHoldTicks = Now() };
        (await SendAsync(replicator, HttpMethod.Post, "k", "replica", lifted.ToByteArray())).ShouldBe("AccessDenied", "a legal hold");
        (await PutAsync(replicator, "k", lifted, body)).ShouldBe("AccessDenied", "with its body");
        (await LockAsync()).ShouldBe((1u, now + day, (uint)LegalHold.On));

        var longer = document.Clone();
        longer.Version.RetainUntilTicks += day;
        longer.Version.Replication = new ReplicationRecord { RetentionTicks = Now() };
        (await SendAsync(replicator, HttpMethod.Post, "k", "replica", longer.ToByteArray())).ShouldBe("200", "it becomes stronger");
        free.Version.Replication.RetentionTicks = lifted.Version.Replication.LegalHoldTicks = Now();
        (await SendAsync(await UserAsync("s3:ReplicateObject", "s3:BypassGovernanceRetention"), HttpMethod.Post, "k", "replica", free.ToByteArray())).ShouldBe("200");
        (await SendAsync(await UserAsync("s3:ReplicateObject", "s3:PutObjectLegalHold"), HttpMethod.Post, "k", "replica", lifted.ToByteArray())).ShouldBe("200");
        (await LockAsync()).ShouldBe((0u, 0ul, (uint)LegalHold.None));
    }

    [Fact]
    public async Task A_clock_that_is_ahead_does_not_end_a_compliance_retention_early()
    {
        var root = await UserAsync("s3:*");
        var (now, body) = (Now(), "hello"u8.ToArray());
        var document = DocumentOf(now, body);
        (document.Version.RetentionMode, document.Version.RetainUntilTicks) = (2, now + (ulong)TimeSpan.FromMinutes(10).Ticks);
        (await PutAsync(root, "k", document, body)).ShouldBe("200");
        var free = document.Clone();
        (free.Version.RetentionMode, free.Version.RetainUntilTicks) = (0, 0);
        free.Version.Replication = new ReplicationRecord { RetentionTicks = now + (ulong)TimeSpan.FromMinutes(12).Ticks };
        (await SendAsync(root, HttpMethod.Post, "k", "replica", free.ToByteArray())).ShouldBe("AccessDenied");
        (await new ReplicaStoreOf(Target.Services, Bucket).VersionsAsync()).ShouldHaveSingleItem().Record.RetentionMode.ShouldBe(2u);
    }

    private static ulong Now() => DateTimeOffset.UtcNow.ToTicks();

    private static ReplicaDocument DocumentOf(ulong sequence, byte[] body) => new()
    {
        Version = new VersionRecord { Sequence = sequence, Nonce = 1UL << 40, ModifiedTicks = sequence, Length = (ulong)body.Length, Etag = ByteString.CopyFrom(System.Security.Cryptography.MD5.HashData(body)) },
    };

    private static (string, string)[] ReplicaMarker(ulong sequence) =>
        [("x-objectstore-replica-version-id", $"{sequence:x16}{7:x16}"), ("x-objectstore-replica-modified", $"{Math.Min(sequence, long.MaxValue)}")];

    private async Task<S3Client> UserAsync(params string[] actions)
    {
        var name = $"user-{Interlocked.Increment(ref _names)}";
        (await Target.Identities.Users.CreateAsync(RootCredentialStore.AccountId, new NewUser(name), default)).IsOk.ShouldBeTrue();
        var key = (await Target.Identities.Users.CreateKeyAsync(RootCredentialStore.AccountId, name, null, default)).Value;
        var list = string.Join(',', actions.Select(action => $"\"{action}\""));
        var policy = $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[{{list}}],"Resource":"*"}]}""";
        (await Target.Identities.Attachments.PutInlineAsync(RootCredentialStore.AccountId, new PolicyHolder(PolicyHolderKind.User, name), "p", policy, default)).IsOk.ShouldBeTrue();
        var connection = new Connection(new ConnectionOptions { Endpoint = Target.Address, MaxAttempts = 1 }, TimeProvider.System, new Random(1));
        return new S3Client(connection, new Credentials(key.Id, key.Secret.Reveal()));
    }

    private static async Task<string> PutAsync(S3Client client, string key, ReplicaDocument document, byte[] body, string bucket = Bucket)
    {
        var head = new byte[4 + document.CalculateSize()];
        BinaryPrimitives.WriteInt32BigEndian(head, head.Length - 4);
        document.WriteTo(head.AsSpan(4));
        return await SendAsync(client, HttpMethod.Put, key, "replica", [.. head, .. body], bucket: bucket);
    }

    /// <summary>The error's code, or the status.</summary>
    private static async Task<string> SendAsync(S3Client client, HttpMethod method, string key, string query, byte[]? body, (string, string)[]? headers = null, string bucket = Bucket)
    {
        try
        {
            var answer = await client.SendObjectAsync(method, bucket, key, query, body is null ? null : StreamedBody.Of(body), headers ?? [], default);
            return answer.Status.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (ClientException e)
        {
            return e.Code;
        }
    }
}

using ObjectStore.Metadata.Schema;
using ObjectStore.ObjectServer.Tests.Objects;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Objects.Digests;
using ObjectStore.Server.Replication;

namespace ObjectStore.ObjectServer.Tests.Replication;

/// <summary>Random histories at two stores, delivered in any order and again. A failure names the seed and the step.</summary>
public sealed class ReplicaHistoryTests
{
    private static readonly string[] Keys = ["a", "b"];
    private static readonly string[] Names = ["n", "o", "p"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Two_stores_that_replicate_to_one_another_come_to_the_same(int seed)
    {
        var (left, right) = (await ReplicaStore.CreateAsync(seed), await ReplicaStore.CreateAsync(seed + 1000));
        var history = new History(left, right, seed);
        for (var step = 0; step < 150; step++)
        {
            await history.StepAsync(step);
            if (step % 15 != 0) continue;
            await left.Bench.ShouldBeSoundAsync($"seed {seed}, step {step}");
            await right.Bench.ShouldBeSoundAsync($"seed {seed}, step {step}");
        }
        await history.SettleAsync();
        (await right.ImagesAsync()).ShouldBe(await left.ImagesAsync(), $"seed {seed}");
        await history.ShouldHaveBodiesAsync();
        await left.Bench.CollectAllAsync();
        await right.Bench.CollectAllAsync();
        await left.Bench.ShouldBeSoundAsync($"seed {seed}");
        await right.Bench.ShouldBeSoundAsync($"seed {seed}");
    }

    private sealed class History(ReplicaStore left, ReplicaStore right, int seed)
    {
        private readonly Random _random = new(seed);
        private readonly Dictionary<string, byte[]> _bodies = [];
        private string _note = "";

        public async Task StepAsync(int step)
        {
            _note = $"seed {seed}, step {step}";
            var passed = TimeSpan.FromTicks(1 + _random.Next(10_000_000));
            left.Bench.Time.Advance(passed);
            right.Bench.Time.Advance(passed + TimeSpan.FromTicks(_random.Next(3) - 1));
            var (from, to) = _random.Next(2) == 0 ? (left, right) : (right, left);
            if (_random.Next(3) == 0) await DeliverAsync(from, to);
            else await ChangeAsync(from, step);
        }

        /// <summary>Everything, both ways, in any order, until nothing is new.</summary>
        public async Task SettleAsync()
        {
            for (var round = 0; round < 3; round++)
            {
                foreach (var (from, to) in ((ReplicaStore, ReplicaStore)[])[(left, right), (right, left)])
                {
                    var all = (await from.VersionsAsync()).ToArray();
                    _random.Shuffle(all);
                    foreach (var (key, record, _) in all)
                    {
                        var outcome = await from.SendAsync(key, record, to.AsTarget());
                        outcome.Result.ShouldBe(ReplicaResult.Done, $"{_note}: {outcome.Reason}");
                        if (round == 2) outcome.SentBytes.ShouldBe(0, _note);
                    }
                }
            }
        }

        public async Task ShouldHaveBodiesAsync()
        {
            foreach (var store in (ReplicaStore[])[left, right])
            {
                var versions = (await store.VersionsAsync()).Where(version => !version.Record.IsDeleteMarker()).ToList();
                versions.Count.ShouldBe(_bodies.Count);
                foreach (var (key, record, _) in versions) (await store.ReadAsync(key, record)).ShouldBe(_bodies[VersionId.NameOf(record)], _note);
            }
        }

        private async Task DeliverAsync(ReplicaStore from, ReplicaStore to)
        {
            var all = await from.VersionsAsync();
            if (all.Count == 0) return;
            var (key, record, _) = all[_random.Next(all.Count)];
            var parts = _random.Next(3) == 0 ? ReplicaParts.Tags | ReplicaParts.Annotations : ReplicaParts.Version;
            var outcome = await from.SendAsync(key, record, to.AsTarget(), parts);
            var isThere = (await to.VersionsAsync()).Exists(version => version.Key == key && version.Record.Sequence == record.Sequence);
            if (parts == ReplicaParts.Version || isThere) outcome.Result.ShouldBe(ReplicaResult.Done, $"{_note}: {outcome.Reason}");
            else outcome.Result.ShouldBe(ReplicaResult.Refused, _note);
            isThere.ShouldBe(outcome.Result == ReplicaResult.Done, _note);
        }

        private async Task ChangeAsync(ReplicaStore at, int step)
        {
            var key = Keys[_random.Next(Keys.Length)];
            var body = ObjectBench.Bytes(_random.Next(4) * 30, (seed * 1000) + step);
            switch (_random.Next(12))
            {
                case 0 or 1 or 2:
                    await AddAsync(at, key, await PutAsync(at, key, body), body);
                    break;
                case 3:
                    var parts = (byte[][])[[7, .. body], [1, 2, 3], ObjectBench.Bytes(20, step)];
                    await AddAsync(at, key, await PutPartsAsync(at, key, parts), [.. parts[0], .. parts[1], .. parts[2]]);
                    break;
                case 4:
                    (await at.Services.Deleter.DeleteAsync(new DeleteRequest { Bucket = at.Bucket, Key = key, OwnerId = "owner" }, default)).IsOk.ShouldBeTrue(_note);
                    break;
                default:
                    var all = (await at.VersionsAsync()).Where(version => !version.Record.IsDeleteMarker()).ToList();
                    if (all.Count > 0) await AlterAsync(at, all[_random.Next(all.Count)], step);
                    break;
            }
        }

        private async Task AlterAsync(ReplicaStore at, (string Key, VersionRecord Record, bool IsCurrent) version, int step)
        {
            var target = new VersionTarget(at.Bucket, version.Key, VersionId.NameOf(version.Record));
            var now = at.Bench.Time.GetUtcNow();
            // What is locked keeps its annotations, in each store from the moment that it knows: so versions have either.
            switch (version.Key == Keys[0] ? _random.Next(5) : _random.Next(3) + 5)
            {
                case 0 or 1 or 5:
                    KeyValuePair<string, string>[] tags = _random.Next(3) == 0 ? [] : [new("t", step.ToString(System.Globalization.CultureInfo.InvariantCulture))];
                    (await at.Services.Updater.SetTagsAsync(target, tags, default)).IsOk.ShouldBeTrue(_note);
                    break;
                case 2:
                    (await at.Services.Updater.SetAclAsync(target, _random.Next(2) == 0 ? default : new byte[] { 1, (byte)step }, default)).IsOk.ShouldBeTrue(_note);
                    break;
                case 3:
                    (await at.Services.Updater.SetLegalHoldAsync(target, _random.Next(2) == 0, default)).IsOk.ShouldBeTrue(_note);
                    break;
                case 4:
                    var mode = (RetentionMode)_random.Next(3);
                    var retention = mode == RetentionMode.None ? default : new Retention(mode, now + TimeSpan.FromSeconds(_random.Next(1, 30)));
                    var set = await at.Services.Updater.SetRetentionAsync(target, retention, bypassGovernance: true, default);
                    set.Fault.ShouldBeOneOf(ObjectFault.None, ObjectFault.ObjectLocked);
                    break;
                default:
                    await AnnotateAsync(at, target, step);
                    break;
            }
        }

        private async Task AnnotateAsync(ReplicaStore at, VersionTarget version, int step)
        {
            var target = new AnnotationTarget
            {
                Bucket = at.Bucket, Key = version.Key, VersionId = version.VersionId, Name = Names[_random.Next(Names.Length)], StoredChecksum = ChecksumAlgorithm.Crc32C, BypassGovernance = true,
            };
            if (_random.Next(3) == 0) (await at.Services.Annotations.DeleteAsync(target, default)).IsOk.ShouldBeTrue(_note);
            else (await at.Services.Annotations.PutAsync(target, new BytesSource(Annotations.Text(_random.Next(1, 40), step)), default)).IsOk.ShouldBeTrue(_note);
        }

        private async Task AddAsync(ReplicaStore at, string key, WriteResult written, byte[] body)
        {
            _bodies.Add(written.VersionId, body);
            await at.MarkAsync(key, written.VersionId);
        }

        private async Task<WriteResult> PutAsync(ReplicaStore at, string key, byte[] body) => (await at.Services.Writer.PutAsync(
            new PutRequest
            {
                Bucket = at.Bucket, Key = key, OwnerId = "owner", StoredChecksum = (ChecksumAlgorithm)_random.Next(5),
                Headers = new ObjectHeaders { ContentType = "text/plain", UserMetadata = [new("m", key)], Tags = _random.Next(2) == 0 ? [] : [new("t", "first")] },
            },
            new BytesSource(body), default)).Value;

        private async Task<WriteResult> PutPartsAsync(ReplicaStore at, string key, byte[][] bodies)
        {
            var algorithm = _random.Next(3) switch { 0 => ChecksumAlgorithm.None, 1 => ChecksumAlgorithm.Crc64Nvme, _ => ChecksumAlgorithm.Sha256 };
            var type = algorithm == ChecksumAlgorithm.Sha256 ? ChecksumType.Composite : ChecksumType.FullObject;
            var upload = (await at.Services.Multipart.CreateAsync(
                new CreateUploadRequest { Bucket = at.Bucket, Key = key, OwnerId = "owner", ChecksumAlgorithm = algorithm, ChecksumType = type }, default)).Value;
            var listed = new List<ListedPart>();
            for (var i = 0; i < bodies.Length; i++)
            {
                var put = await at.Services.Parts.UploadAsync(
                    new UploadPartRequest { Bucket = at.Bucket, Key = key, UploadId = upload.UploadId, PartNumber = (2 * i) + 1 }, new BytesSource(bodies[i]), default);
                listed.Add(new ListedPart((2 * i) + 1, put.Value.ETag));
            }
            return (await at.Services.Multipart.CompleteAsync(new CompleteUploadRequest { Bucket = at.Bucket, Key = key, UploadId = upload.UploadId, Parts = listed }, default)).Value;
        }
    }
}

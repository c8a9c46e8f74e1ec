using ObjectStore.Metadata.Kv;
using ObjectStore.Server.Objects;

namespace ObjectStore.ObjectServer.Tests.Objects.Mixed;

/// <summary>Uploads, and what operators and the store itself do.</summary>
internal sealed partial class MixedHistory
{
    private async Task UploadStepAsync(MixedBucket bucket)
    {
        if (bucket.Uploads.Count == 0 || _random.Next(5) == 0)
        {
            await BeginUploadAsync(bucket);
            return;
        }
        var (id, upload) = bucket.Uploads.ElementAt(_random.Next(bucket.Uploads.Count));
        switch (_random.Next(8))
        {
            case 0 when _random.Next(2) == 0: await AbortAsync(bucket, id, upload); break;
            case 0 or 1 or 2: await CompleteAsync(bucket, id, upload); break;
            case 3 or 4: await CopyPartAsync(bucket, id, upload); break;
            default: await UploadPartAsync(bucket, id, upload); break;
        }
    }

    private async Task BeginUploadAsync(MixedBucket bucket)
    {
        var (key, method) = (Names[_random.Next(Names.Length)], AnyMethod());
        var begun = await Services.Multipart.CreateAsync(
            new CreateUploadRequest { Bucket = bucket.Name, Key = key, OwnerId = "owner", Encryption = Sealing(method), StorageClass = AnyClass() }, default);
        _log.Add($"{_step} begin upload of {bucket.Name}/{key} {method} -> {begun.Fault}");
        begun.Fault.ShouldBe(bucket.IsOverWith(key, 0) ? ObjectFault.QuotaExceeded : ObjectFault.None, Note);
        if (begun.IsOk) bucket.Uploads.Add(begun.Value.UploadId, new MixedUpload(key, method));
    }

    private Task UploadPartAsync(MixedBucket bucket, string id, MixedUpload upload)
    {
        var (number, body) = (_random.Next(1, 4), BodyOf(_random.Next(1, 150)));
        var request = new UploadPartRequest { Bucket = bucket.Name, Key = upload.Key, UploadId = id, PartNumber = number, CustomerKey = KeyFor(upload.Method) };
        return DoAsync(
            $"upload part {number} of {bucket.Name}/{upload.Key} {body.Length}",
            async () =>
            {
                var part = await Services.Parts.UploadAsync(request, Body(body), default);
                return part.IsOk ? part.Value.ETag : part.Failure;
            },
            async etag => upload.Parts[number] = (body, etag ?? await PartETagAsync(bucket, id, upload, number)),
            PartFault(bucket, upload, number, body.Length));
    }

    private async Task CopyPartAsync(MixedBucket bucket, string id, MixedUpload upload)
    {
        var (sourceBucket, sourceKey, number) = (_buckets[_random.Next(2)], Names[_random.Next(Names.Length)], _random.Next(1, 4));
        if (Any(sourceBucket, sourceKey) is not { IsMarker: false, Body.Length: > 0 } source) return;
        var offset = _random.Next(source.Body.Length);
        var length = _random.Next(1, source.Body.Length - offset + 1);
        var request = new UploadPartCopyRequest
        {
            Bucket = bucket.Name, Key = upload.Key, UploadId = id, PartNumber = number, SourceBucket = sourceBucket.Name, SourceKey = sourceKey, SourceVersionId = source.Id,
            Range = (offset, length), CustomerKey = KeyFor(upload.Method), SourceCustomerKey = KeyFor(source.Method),
        };
        await DoAsync(
            $"copy part {number} of {bucket.Name}/{upload.Key} from {sourceBucket.Name}/{sourceKey} {source.Id} {source.Method} {offset}+{length}",
            async () =>
            {
                var part = await Services.Parts.CopyAsync(request, default);
                return part.IsOk ? part.Value.Part.ETag : part.Failure;
            },
            async etag =>
            {
                // Raced, the null version may be another one when the copy is made.
                byte[][] candidates = [source.Body, .. sourceBucket.Find(sourceKey, source.Id) is { } now ? new[] { now.Body } : []];
                var pieces = candidates.Where(body => body.Length >= offset + length).Select(body => body[offset..(offset + length)]).ToArray();
                upload.Parts[number] = (pieces[0], etag ?? await PartETagAsync(bucket, id, upload, number));
                if (pieces.Length > 1 && !pieces[0].AsSpan().SequenceEqual(pieces[1])) upload.Parts.Remove(number);
                if (!upload.Parts.ContainsKey(number)) await UploadAgainAsync(bucket, id, upload, number);
            },
            PartFault(bucket, upload, number, length));
    }

    /// <summary>Which of two bodies a raced part has is not worth finding out: it gets another one.</summary>
    private async Task UploadAgainAsync(MixedBucket bucket, string id, MixedUpload upload, int number)
    {
        byte[] body = [1];
        var request = new UploadPartRequest { Bucket = bucket.Name, Key = upload.Key, UploadId = id, PartNumber = number, CustomerKey = KeyFor(upload.Method) };
        upload.Parts[number] = (body, (await Services.Parts.UploadAsync(request, new BytesSource(body), default)).Value.ETag);
    }

    private static ObjectFault PartFault(MixedBucket bucket, MixedUpload upload, int number, long length) =>
        bucket.IsOver(length - (upload.Parts.TryGetValue(number, out var replaced) ? replaced.Body.Length : 0)) ? ObjectFault.QuotaExceeded : ObjectFault.None;

    private async Task<string> PartETagAsync(MixedBucket bucket, string id, MixedUpload upload, int number) =>
        (await Services.Uploads.ListPartsAsync(new ListPartsRequest { Bucket = bucket.Name, Key = upload.Key, UploadId = id }, default)).Value.Parts.Single(part => part.PartNumber == number).ETag;

    private async Task CompleteAsync(MixedBucket bucket, string id, MixedUpload upload)
    {
        var listed = upload.Parts.Where(_ => _random.Next(4) > 0).ToList();
        if (listed.Count == 0) return;
        byte[] body = [.. listed.SelectMany(part => part.Value.Body)];
        var request = new CompleteUploadRequest
        {
            Bucket = bucket.Name, Key = upload.Key, UploadId = id, Parts = [.. listed.Select(part => new ListedPart(part.Key, part.Value.ETag))], CustomerKey = KeyFor(upload.Method),
        };
        var parts = upload.Parts.Values.Sum(part => (long)part.Body.Length);
        await DoAsync(
            $"complete {bucket.Name}/{upload.Key} {listed.Count} parts {body.Length} {upload.Method}",
            async () => IdOf(await Services.Multipart.CompleteAsync(request, default)),
            version =>
            {
                bucket.Uploads.Remove(id);
                return InsertAsync(bucket, upload.Key, new MixedVersion(version ?? "?", body) { Method = upload.Method });
            },
            bucket.IsOverWith(upload.Key, body.Length, parts) ? ObjectFault.QuotaExceeded : ObjectFault.None);
    }

    private Task AbortAsync(MixedBucket bucket, string id, MixedUpload upload) => DoAsync(
        $"abort {bucket.Name}/{upload.Key}",
        async () => (await Services.Multipart.AbortAsync(bucket.Name, upload.Key, id, default)) is { IsOk: false } aborted ? aborted.Failure : id,
        _ =>
        {
            bucket.Uploads.Remove(id);
            return Task.CompletedTask;
        });

    private async Task SetQuotaAsync(MixedBucket bucket)
    {
        if (_random.Next(3) == 0)
        {
            (await Services.Buckets.Quotas.ClearAsync(bucket.Name, default)).IsOk.ShouldBeTrue(Note);
            bucket.Quota = null;
            return;
        }
        long? bytes = _random.Next(4) == 0 ? null : Math.Max(1, bucket.Bytes + bucket.PartBytes + _random.Next(-50, 400));
        long? objects = bytes is not null && _random.Next(2) == 0 ? null : Math.Max(1, bucket.Versions + _random.Next(-1, 4));
        bucket.Quota = new BucketQuota(bytes, objects);
        _log.Add($"{_step} quota {bucket.Name} {bucket.Quota}");
        (await Services.Buckets.Quotas.SetAsync(bucket.Name, bucket.Quota.Value, default)).Value.ShouldBe(new QuotaUsage(bucket.Quota.Value, bucket.Bytes + bucket.PartBytes, bucket.Versions), Note);
    }

    private async Task SetCompressionAsync(MixedBucket bucket, bool isOn)
    {
        _log.Add($"{_step} compression {bucket.Name} {isOn}");
        (await Services.Buckets.SetCompressionAsync(bucket.Name, isOn ? BucketCompression.Default : null, default)).IsOk.ShouldBeTrue(Note);
    }

    private async Task SetRulesAsync(MixedBucket bucket)
    {
        var rule = new LifecycleRule
        {
            Id = "move",
            Transitions = [new LifecycleTransition("WARM", _random.Next(1, 3)), new LifecycleTransition("FROZEN", _random.Next(3, 6))],
            NoncurrentTransitions = [new LifecycleTransition("WARM", 1), new LifecycleTransition("FROZEN", 3, NewerNoncurrentVersions: _random.Next(3))],
        };
        var isSet = _random.Next(4) > 0;
        _log.Add($"{_step} rules {bucket.Name} {(isSet ? "set" : "gone")}");
        if (isSet) (await Services.Lifecycle.PutAsync(bucket.Name, new LifecycleConfiguration([rule]), default)).IsOk.ShouldBeTrue(Note);
        else (await Services.Lifecycle.DeleteAsync(bucket.Name, default)).IsOk.ShouldBeTrue(Note);
    }

    /// <summary>Time goes by, and bytes move into other classes; troubles fall upon that as upon calls.</summary>
    private async Task ExpireAsync()
    {
        _bench.Time.Advance(TimeSpan.FromHours(_random.Next(1, 50)));
        await WithTroubleAsync("expire", async () =>
        {
            var errors = _bench.Lifecycle.Errors;
            // A visit ends after some seconds: the rest of a move comes after other calls.
            if (_trouble.Kind == Trouble.Slow) await _bench.Lifecycle.PassAsync(default);
            else await _bench.ExpireAsync();
            if (!_trouble.Fired || _trouble.Kind == Trouble.Slow) _bench.Lifecycle.Errors.ShouldBe(errors, Note);
        });
    }

    private Task CollectAsync() => WithTroubleAsync("collect", _bench.CollectAllAsync);

    private async Task WithTroubleAsync(string what, Func<Task> work)
    {
        var kind = !MakesTrouble || _random.Next(2) == 0 ? Trouble.None : AnyTrouble(Trouble.Drives);
        _trouble.Arm(kind);
        var crashed = false;
        try
        {
            await work();
        }
        catch (OperationCanceledException) when (kind == Trouble.Crash)
        {
            crashed = true;
        }
        catch (KvException) when (kind is Trouble.CommitLost or Trouble.AnswerLost or Trouble.Conflicts)
        {
            // The collector stops at such a fault, and begins again.
        }
        finally
        {
            _trouble.Disarm();
        }
        _log.Add($"{_step} {what}, {kind}{(_trouble.Fired ? "!" : "")}");
        if (_trouble.Fired) Count(kind);
        if (_trouble.Fired && kind is (Trouble.CommitLost or Trouble.AnswerLost)) _mayLeak = true;
        if (!crashed) return;
        _mayLeak = true;
        await ReopenAsync();
    }
}

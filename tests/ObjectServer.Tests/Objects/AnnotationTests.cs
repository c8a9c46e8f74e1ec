using System.Text;
using ObjectStore.Metadata.Kv;
using ObjectStore.Server.Objects;

namespace ObjectStore.ObjectServer.Tests.Objects;

/// <summary>Annotations in the object service: what they are kept with, and what becomes of them.</summary>
public sealed class AnnotationTests
{
    private static readonly CustomerKey Key = new(ObjectBench.Bytes(32, 1));

    public static TheoryData<string, string, int> Copies
    {
        get
        {
            EncryptionMethod[] all = [EncryptionMethod.None, EncryptionMethod.StoreKey, EncryptionMethod.ManagedKey];
            var cases = new TheoryData<string, string, int>();
            foreach (var source in all)
            {
                foreach (var target in all)
                {
                    cases.Add(source.ToString(), target.ToString(), 10);
                    cases.Add(source.ToString(), target.ToString(), 200_000);
                }
            }
            return cases;
        }
    }

    [Theory]
    [InlineData("a")]
    [InlineData("ml.sentiment-2_x")]
    [InlineData("größe")]
    [InlineData("日本語")]
    [InlineData("_aws")]
    public void Names_that_there_can_be(string name) => AnnotationRules.Encode(name).IsOk.ShouldBeTrue();

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("AWSome")]
    [InlineData("s3x")]
    [InlineData("S3")]
    [InlineData("a\0b")]
    [InlineData("\ud800")]
    public void Names_that_there_cannot_be(string name) => AnnotationRules.Encode(name).Fault.ShouldBe(ObjectFault.InvalidAnnotationName);

    [Fact]
    public void Names_are_as_long_as_their_bytes()
    {
        AnnotationRules.Encode(new string('a', 512)).IsOk.ShouldBeTrue();
        AnnotationRules.Encode(new string('a', 513)).Fault.ShouldBe(ObjectFault.AnnotationNameTooLong);
        AnnotationRules.Encode(new string('ö', 256)).IsOk.ShouldBeTrue();
        AnnotationRules.Encode(new string('ö', 257)).Fault.ShouldBe(ObjectFault.AnnotationNameTooLong);
    }

    [Fact]
    public async Task Text_of_any_length_comes_back_and_what_is_none_is_refused()
    {
        var bench = await ObjectBench.CreateAsync();
        await bench.PutAsync("k", "body");
        foreach (var length in new[] { 1, 15, 16, 17, 4095, 4097, 70_000, 1024 * 1024 })
        {
            var text = Annotations.Text(length, length);
            (await bench.AnnotateAsync("k", "n", text)).IsOk.ShouldBeTrue($"{length}");
            (await bench.AnnotationAsync("k", "n")).Value.ShouldBe(text);
        }

        (await bench.AnnotateAsync("k", "n", [])).Fault.ShouldBe(ObjectFault.EmptyAnnotation);
        (await bench.AnnotateAsync("k", "n", [], isLengthKnown: false)).Fault.ShouldBe(ObjectFault.EmptyAnnotation);
        (await bench.AnnotateAsync("k", "n", Annotations.Text((1024 * 1024) + 1, 1))).Fault.ShouldBe(ObjectFault.EntityTooLarge);
        (await bench.AnnotateAsync("k", "n", Annotations.Text((1024 * 1024) + 1, 1), isLengthKnown: false)).Fault.ShouldBe(ObjectFault.EntityTooLarge);
        byte[][] broken = [[0xFF], [0xC3], [.. Annotations.Text(5000, 1), 0xE2, 0x82], [.. Annotations.Text(2999, 1), 0xC3, 0x28]];
        foreach (var bytes in broken) (await bench.AnnotateAsync("k", "n", bytes)).Fault.ShouldBe(ObjectFault.AnnotationNotText);
        // Cut between the pieces that the source hands out.
        var wide = Encoding.UTF8.GetBytes(new string('a', 2999) + "€" + new string('b', 2998) + "🙂");
        (await bench.AnnotateAsync("k", "n", wide)).IsOk.ShouldBeTrue();
        (await bench.AnnotationAsync("k", "n")).Value.ShouldBe(wide);
        await bench.ShouldBeSoundAsync();

        await bench.DeleteAsync("k");
        await bench.CollectAllAsync();
        bench.Blobs.Stored.ShouldBeEmpty();
        (await bench.TablesAsync()).ShouldNotContain(KvTables.Annotations);
    }

    [Fact]
    public async Task An_object_has_a_thousand_at_most_and_its_copy_all_of_them()
    {
        var bench = await ObjectBench.CreateAsync(inlineLimitBytes: 1 << 20);
        await bench.PutAsync("k", "body");
        // All inlined, and as long as what is inlined can be, under names as long as they can be: the copy's transaction must hold them.
        for (var i = 0; i < 1000; i++) (await bench.AnnotateAsync("k", $"{i:d4}{new string('n', 508)}", Annotations.Text(4096, i))).IsOk.ShouldBeTrue();
        (await bench.AnnotateAsync("k", "more", [65])).Fault.ShouldBe(ObjectFault.TooManyAnnotations);
        (await bench.AnnotateAsync("k", $"0500{new string('n', 508)}", [65])).IsOk.ShouldBeTrue();

        (await bench.CopyAsync("k", "copy")).IsOk.ShouldBeTrue();
        (await bench.AnnotationsAsync("copy")).ShouldBe(await bench.AnnotationsAsync("k"));
        await bench.ShouldBeSoundAsync();
        await bench.DeleteAsync("k");
        await bench.DeleteAsync("copy");
        await bench.CollectAllAsync();
        (await bench.TablesAsync()).ShouldNotContain(KvTables.Annotations);
    }

    [Theory]
    [MemberData(nameof(Copies))]
    public async Task Copies_have_their_annotations_however_they_are_sealed(string source, string target, int length)
    {
        var bench = await ObjectBench.CreateAsync(keys: new TestKeys());
        var body = ObjectBench.Bytes(length, 1);
        await Annotations.PutAsync(bench, "k", body, Enum.Parse<EncryptionMethod>(source));
        (await bench.AnnotateAsync("k", "short", [65])).IsOk.ShouldBeTrue();
        (await bench.AnnotateAsync("k", "long", Annotations.Text(70_000, 2))).IsOk.ShouldBeTrue();
        var before = await bench.AnnotationsAsync("k");
        (await Annotations.CopyAsync(bench, "k", "copy", Enum.Parse<EncryptionMethod>(target))).IsOk.ShouldBeTrue();
        await bench.ShouldBeSoundAsync();
        await bench.DeleteAsync("k");
        await bench.CollectAllAsync();
        (await bench.AnnotationsAsync("copy")).ShouldBe(before);
        (await bench.GetAsync("copy")).ShouldBe(body);
        using (var opened = (await bench.Services.Annotations.OpenAsync(Annotations.Of("copy", "long"), default)).Value)
            (opened.Annotation.Encryption?.Method ?? EncryptionMethod.None).ShouldBe(Enum.Parse<EncryptionMethod>(target));
        await bench.ShouldBeSoundAsync();
        await bench.DeleteAsync("copy");
        await bench.CollectAllAsync();
        bench.Blobs.Stored.ShouldBeEmpty();
    }

    [Fact]
    public async Task Another_key_of_the_object_is_theirs_too()
    {
        var bench = await ObjectBench.CreateAsync(keys: new TestKeys());
        await Annotations.PutAsync(bench, "k", [1], EncryptionMethod.StoreKey);
        await bench.AnnotateAsync("k", "short", [65]);
        await bench.AnnotateAsync("k", "long", Annotations.Text(70_000, 2));
        var before = await bench.AnnotationsAsync("k");
        (await bench.Services.Updater.SetManagedKeyAsync(new VersionTarget(ObjectBench.Bucket, "k", null), "second", bucketKey: false, default)).IsOk.ShouldBeTrue();
        (await bench.AnnotationsAsync("k")).ShouldBe(before);
        foreach (var name in new[] { "short", "long" })
        {
            using var opened = (await bench.Services.Annotations.OpenAsync(Annotations.Of("k", name), default)).Value;
            opened.Annotation.Encryption!.KeyId.ShouldBe("second");
        }
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task What_is_sealed_under_its_writers_key_has_none()
    {
        var bench = await ObjectBench.CreateAsync(keys: new TestKeys());
        await Annotations.PutAsync(bench, "sealed", [1], EncryptionMethod.CustomerKey, Key);
        (await bench.AnnotateAsync("sealed", "n", [65])).Fault.ShouldBe(ObjectFault.AnnotationsUnsupported);
        await bench.PutAsync("k", "body");
        (await bench.AnnotateAsync("k", "n", [65])).IsOk.ShouldBeTrue();
        (await Annotations.CopyAsync(bench, "k", "sealed", EncryptionMethod.CustomerKey, Key)).Fault.ShouldBe(ObjectFault.AnnotationsUnsupported);
        (await Annotations.CopyAsync(bench, "k", "sealed", EncryptionMethod.CustomerKey, Key, excludes: true)).IsOk.ShouldBeTrue();
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Quotas_count_them_by_the_byte()
    {
        var bench = await ObjectBench.CreateAsync();
        await bench.PutAsync("k", new byte[50]);
        (await bench.AnnotateAsync("k", "early", Annotations.Text(10, 1))).IsOk.ShouldBeTrue();
        (await bench.Services.Buckets.Quotas.SetAsync(ObjectBench.Bucket, new BucketQuota(100, null), default)).IsOk.ShouldBeTrue();
        (await bench.AnnotateAsync("k", "n", Annotations.Text(41, 1))).Fault.ShouldBe(ObjectFault.QuotaExceeded);
        (await bench.AnnotateAsync("k", "n", Annotations.Text(41, 1), isLengthKnown: false)).Fault.ShouldBe(ObjectFault.QuotaExceeded);
        (await bench.AnnotateAsync("k", "n", Annotations.Text(40, 1))).IsOk.ShouldBeTrue();
        (await bench.AnnotateAsync("k", "n", Annotations.Text(40, 2))).IsOk.ShouldBeTrue();
        (await bench.TryPutAsync("other", [1])).Fault.ShouldBe(ObjectFault.QuotaExceeded);
        (await bench.CopyAsync("k", "other")).Fault.ShouldBe(ObjectFault.QuotaExceeded);
        (await bench.CopyAsync("k", "k")).IsOk.ShouldBeTrue();
        await bench.ShouldBeSoundAsync();
        // What replaces the object has the room of its annotations, too.
        (await bench.TryPutAsync("k", new byte[100])).IsOk.ShouldBeTrue();
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_lock_keeps_what_is_there_and_lets_more_come()
    {
        var bench = await ObjectBench.CreateAsync();
        await bench.Services.Buckets.CreateAsync(new CreateBucketRequest { Name = "locked", OwnerId = "owner", Region = "us-east-1", ObjectLock = true }, default);
        await bench.PutAsync("k", "body", "locked");
        var target = Annotations.Of("k", "n") with { Bucket = "locked" };
        (await bench.Services.Annotations.PutAsync(target, new BytesSource([65]), default)).IsOk.ShouldBeTrue();
        var until = new Retention(RetentionMode.Governance, bench.Time.GetUtcNow().AddDays(1));
        (await bench.Services.Updater.SetRetentionAsync(new VersionTarget("locked", "k", null), until, bypassGovernance: false, default)).IsOk.ShouldBeTrue();
        (await bench.Services.Annotations.PutAsync(target with { Name = "more" }, new BytesSource([66]), default)).IsOk.ShouldBeTrue();
        (await bench.Services.Annotations.PutAsync(target, new BytesSource([67]), default)).Fault.ShouldBe(ObjectFault.ObjectLocked);
        (await bench.Services.Annotations.DeleteAsync(target, default)).Fault.ShouldBe(ObjectFault.ObjectLocked);
        (await bench.Services.Annotations.PutAsync(target with { BypassGovernance = true }, new BytesSource([67]), default)).IsOk.ShouldBeTrue();
        (await bench.Services.Annotations.DeleteAsync(target with { BypassGovernance = true }, default)).IsOk.ShouldBeTrue();
        await bench.Services.Updater.SetLegalHoldAsync(new VersionTarget("locked", "k", null), on: true, default);
        (await bench.Services.Annotations.DeleteAsync(target with { Name = "more", BypassGovernance = true }, default)).Fault.ShouldBe(ObjectFault.ObjectLocked);
        (await bench.Services.Annotations.DeleteAsync(target with { Name = "none" }, default)).IsOk.ShouldBeTrue();
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_reader_keeps_what_is_replaced_meanwhile()
    {
        var bench = await ObjectBench.CreateAsync();
        await bench.PutAsync("k", "body");
        var text = Annotations.Text(5000, 1);
        await bench.AnnotateAsync("k", "n", text);
        using (var opened = (await bench.Services.Annotations.OpenAsync(Annotations.Of("k", "n"), default)).Value)
        {
            await bench.AnnotateAsync("k", "n", Annotations.Text(5000, 2));
            await bench.CollectAllAsync();
            (await ObjectBench.ReadAsync(opened.Content, 0, text.Length)).ShouldBe(text);
        }
        await bench.CollectAllAsync();
        bench.Blobs.Stored.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_body_that_outlives_its_object_is_not_kept()
    {
        var bench = await ObjectBench.CreateAsync();
        await bench.PutAsync("k", "body");
        var source = new BytesSource(Annotations.Text(5000, 1)) { Check = _ => { bench.PutAsync("k", "another").GetAwaiter().GetResult(); return null; } };
        (await bench.Services.Annotations.PutAsync(Annotations.Of("k", "n"), source, default)).Fault.ShouldBe(ObjectFault.ConditionalRequestConflict);
        (await bench.AnnotationsAsync("k")).ShouldBeEmpty();
        await bench.CollectAllAsync();
        bench.Blobs.Stored.ShouldBeEmpty();
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Removed_versions_take_theirs_with_them()
    {
        var bench = await ObjectBench.CreateAsync(VersioningState.Enabled);
        var put = await bench.PutAsync("k", "body");
        await bench.AnnotateAsync("k", "n", Annotations.Text(5000, 1));
        await bench.DeleteAsync("k");
        (await bench.AnnotationAsync("k", "n")).Fault.ShouldBe(ObjectFault.DeleteMarkerIsCurrent);
        (await bench.AnnotationAsync("k", "n", put.VersionId)).IsOk.ShouldBeTrue();
        await bench.DeleteAsync("k", put.VersionId);
        await bench.CollectAllAsync();
        bench.Blobs.Stored.ShouldBeEmpty();
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Writers_of_one_object_lose_nothing_of_one_another()
    {
        var bench = await ObjectBench.CreateAsync();
        await bench.PutAsync("k", "body");
        var puts = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => bench.AnnotateAsync("k", $"n{i:d2}", Annotations.Text(10 + (i % 2 * 3000), i)))));
        puts.ShouldAllBe(put => put.IsOk);
        (await bench.AnnotationsAsync("k")).ShouldBe(Enumerable.Range(0, 20).Select(i => $"n{i:d2}={Encoding.UTF8.GetString(Annotations.Text(10 + (i % 2 * 3000), i))}"));
        await bench.ShouldBeSoundAsync();
    }
}

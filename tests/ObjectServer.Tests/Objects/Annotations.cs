using System.Text;
using ObjectStore.Server.Objects;

namespace ObjectStore.ObjectServer.Tests.Objects;

/// <summary>Annotations, as tests write and read them.</summary>
internal static class Annotations
{
    public static byte[] Text(int length, int seed)
    {
        var random = new Random(seed);
        var text = new byte[length];
        for (var i = 0; i < length; i++) text[i] = (byte)random.Next(' ', 127);
        return text;
    }

    public static AnnotationTarget Of(string key, string name, string? versionId = null) => new() { Bucket = ObjectBench.Bucket, Key = key, Name = name, VersionId = versionId };

    public static async Task<Result<AnnotationResult>> AnnotateAsync(this ObjectBench bench, string key, string name, byte[] text, string? versionId = null, bool isLengthKnown = true) =>
        await bench.Services.Annotations.PutAsync(Of(key, name, versionId), new BytesSource(text, isLengthKnown), default);

    public static async Task<Result<byte[]>> AnnotationAsync(this ObjectBench bench, string key, string name, string? versionId = null)
    {
        var opened = await bench.Services.Annotations.OpenAsync(Of(key, name, versionId), default);
        if (!opened.IsOk) return opened.Failure;
        using var handle = opened.Value;
        return await ObjectBench.ReadAsync(handle.Content, 0, handle.Annotation.LengthBytes);
    }

    /// <summary>All of a version: name and text, read in small pages.</summary>
    public static async Task<List<string>> AnnotationsAsync(this ObjectBench bench, string key, string? versionId = null, int pageSize = 300)
    {
        var all = new List<string>();
        string? after = null;
        do
        {
            var page = (await bench.Services.Annotations.ListAsync(
                new AnnotationListRequest { Bucket = ObjectBench.Bucket, Key = key, VersionId = versionId, After = after, MaxResults = pageSize }, default)).Value;
            foreach (var annotation in page.Annotations)
            {
                var text = (await bench.AnnotationAsync(key, annotation.Name, versionId)).Value;
                annotation.LengthBytes.ShouldBe(text.Length);
                all.Add($"{annotation.Name}={Encoding.UTF8.GetString(text)}");
            }
            after = page.NextAfter;
        }
        while (after is not null);
        return all;
    }

    public static EncryptionRequest? Sealing(EncryptionMethod method, CustomerKey? key = null) =>
        method == EncryptionMethod.None ? null : new EncryptionRequest { Method = method, CustomerKey = key };

    public static async Task<WriteResult> PutAsync(ObjectBench bench, string key, byte[] body, EncryptionMethod method, CustomerKey? customerKey = null) => (await bench.Services.Writer.PutAsync(
        new PutRequest { Bucket = ObjectBench.Bucket, Key = key, OwnerId = "owner", Encryption = Sealing(method, customerKey) }, new BytesSource(body), default)).Value;

    public static async Task<Result<CopyResult>> CopyAsync(
        ObjectBench bench, string from, string to, EncryptionMethod method, CustomerKey? customerKey = null, bool excludes = false, string? versionId = null) =>
        await bench.Services.Copier.CopyAsync(
            new CopyRequest
            {
                SourceBucket = ObjectBench.Bucket, SourceKey = from, SourceVersionId = versionId, Bucket = ObjectBench.Bucket, Key = to,
                ReplaceHeaders = ObjectHeaders.Empty, Encryption = Sealing(method, customerKey), ExcludesAnnotations = excludes,
            }, default);
}

using System.Security.Cryptography;
using System.Text;

namespace ObjectStore.Server.Tests.S3.Operations;

public class DeleteObjectsTests
{
    private static Task<Answer> DeleteAsync(OperationHarness s3, string body) =>
        s3.SendAsync("POST", "/bucket?delete", body, ("Content-MD5", Convert.ToBase64String(MD5.HashData(Encoding.UTF8.GetBytes(body)))));

    [Fact]
    public async Task Each_object_has_an_outcome_of_its_own()
    {
        await using var s3 = await OperationHarness.OpenAsync(time: new FixedTime());
        await s3.SendAsync("PUT", "/bucket");
        foreach (var key in new[] { "a", "b%26", "c" })
            await s3.SendAsync("PUT", "/bucket/" + key, "hello");

        var answer = await DeleteAsync(s3,
            "<Delete><Object><Key>a</Key></Object><Object><Key>b&amp;</Key></Object><Object><Key>none</Key></Object>"
            + "<Object><Key>c</Key><Size>9</Size></Object><Object><Key>" + new string('k', 1025) + "</Key></Object></Delete>");
        answer.Xml.ShouldBe(
            "<DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Deleted><Key>a</Key></Deleted><Deleted><Key>b&amp;</Key></Deleted><Deleted><Key>none</Key></Deleted>"
            + "<Error><Key>c</Key><Code>PreconditionFailed</Code><Message>At least one of the pre-conditions you specified did not hold</Message></Error>"
            + "<Error><Key>" + new string('k', 1025) + "</Key><Code>KeyTooLongError</Code><Message>Your key is too long</Message></Error></DeleteResult>");
        (await s3.SendAsync("GET", "/bucket/c")).Status.ShouldBe(200);
        (await s3.SendAsync("GET", "/bucket/a")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Quiet_tells_errors_only()
    {
        await using var s3 = await OperationHarness.OpenAsync();
        await s3.SendAsync("PUT", "/bucket");
        await s3.SendAsync("PUT", "/bucket/a", "x");
        (await DeleteAsync(s3, "<Delete><Quiet>true</Quiet><Object><Key>a</Key></Object></Delete>")).Xml
            .ShouldBe("<DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"></DeleteResult>");
    }

    [Fact]
    public async Task Versions_and_delete_markers_are_named()
    {
        await using var s3 = await OperationHarness.OpenAsync();
        await s3.SendAsync("PUT", "/bucket");
        await s3.SendAsync("PUT", "/bucket?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
        var version = (await s3.SendAsync("PUT", "/bucket/a", "x")).Header("x-amz-version-id");

        var marked = await DeleteAsync(s3, "<Delete><Object><Key>a</Key></Object></Delete>");
        var marker = marked.Element("DeleteMarkerVersionId");
        marked.Xml.ShouldBe($"<DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Deleted><Key>a</Key><DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>{marker}</DeleteMarkerVersionId></Deleted></DeleteResult>");

        var deleted = await DeleteAsync(s3, $"<Delete><Object><Key>a</Key><VersionId>{version}</VersionId></Object><Object><Key>a</Key><VersionId>{marker}</VersionId></Object></Delete>");
        deleted.Xml.ShouldBe(
            $"<DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Deleted><Key>a</Key><VersionId>{version}</VersionId></Deleted>"
            + $"<Deleted><Key>a</Key><VersionId>{marker}</VersionId><DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>{marker}</DeleteMarkerVersionId></Deleted></DeleteResult>");
    }

    [Fact]
    public async Task A_list_without_digest_or_with_a_wrong_one_deletes_nothing()
    {
        const string body = "<Delete><Object><Key>a</Key></Object></Delete>";
        await using var s3 = await OperationHarness.OpenAsync();
        await s3.SendAsync("PUT", "/bucket");
        await s3.SendAsync("PUT", "/bucket/a", "x");
        (await s3.SendAsync("POST", "/bucket?delete", body)).Outcome.ShouldBe("400 InvalidRequest");
        (await s3.SendAsync("POST", "/bucket?delete", body, ("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg=="))).Outcome.ShouldBe("400 BadDigest");
        (await DeleteAsync(s3, "<Delete></Delete>")).Outcome.ShouldBe("400 MalformedXML");
        (await s3.SendAsync("HEAD", "/bucket/a")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task No_bucket_is_one_error()
    {
        await using var s3 = await OperationHarness.OpenAsync();
        (await DeleteAsync(s3, "<Delete><Object><Key>a</Key></Object></Delete>")).Outcome.ShouldBe("404 NoSuchBucket");
    }
}

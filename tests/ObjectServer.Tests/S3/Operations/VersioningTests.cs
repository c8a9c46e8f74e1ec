namespace ObjectStore.Server.Tests.S3.Operations;

public class VersioningTests
{
    private static string Document(string status) => $"<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>{status}</Status></VersioningConfiguration>";

    [Fact]
    public async Task Versioning_is_enabled_and_suspended()
    {
        await using var s3 = await OperationHarness.OpenAsync();
        await s3.SendAsync("PUT", "/bucket");
        foreach (var status in new[] { "Enabled", "Suspended", "Enabled" })
        {
            (await s3.SendAsync("PUT", "/bucket?versioning", Document(status))).Status.ShouldBe(200);
            (await s3.SendAsync("GET", "/bucket?versioning")).Xml.ShouldBe(Document(status));
        }
    }

    [Theory]
    [InlineData("<VersioningConfiguration/>", "400 IllegalVersioningConfigurationException")]
    [InlineData("<VersioningConfiguration><Status>On</Status></VersioningConfiguration>", "400 MalformedXML")]
    [InlineData("<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>", "501 NotImplemented")]
    [InlineData("", "400 MalformedXML")]
    public async Task Other_documents_are_refused(string body, string outcome)
    {
        await using var s3 = await OperationHarness.OpenAsync();
        await s3.SendAsync("PUT", "/bucket");
        (await s3.SendAsync("PUT", "/bucket?versioning", body)).Outcome.ShouldBe(outcome);
        (await s3.SendAsync("PUT", "/nowhere?versioning", Document("Enabled"))).Outcome.ShouldBe("404 NoSuchBucket");
    }

    [Fact]
    public async Task A_delete_marker_hides_and_names_itself()
    {
        await using var s3 = await OperationHarness.OpenAsync(time: new FixedTime());
        await s3.SendAsync("PUT", "/bucket");
        await s3.SendAsync("PUT", "/bucket?versioning", Document("Enabled"));
        var version = (await s3.SendAsync("PUT", "/bucket/k", "one")).Header("x-amz-version-id");
        version.ShouldNotBeNull();
        var deleted = await s3.SendAsync("DELETE", "/bucket/k");
        deleted.Status.ShouldBe(204);
        deleted.Header("x-amz-delete-marker").ShouldBe("true");
        var marker = deleted.Header("x-amz-version-id");

        var hidden = await s3.SendAsync("GET", "/bucket/k");
        hidden.Outcome.ShouldBe("404 NoSuchKey");
        hidden.Header("x-amz-delete-marker").ShouldBe("true");
        hidden.Header("x-amz-version-id").ShouldBe(marker);

        var asked = await s3.SendAsync("GET", $"/bucket/k?versionId={marker}");
        asked.Outcome.ShouldBe("405 MethodNotAllowed");
        asked.Header("x-amz-delete-marker").ShouldBe("true");
        asked.Header("Allow").ShouldBe("DELETE");
        asked.Header("Last-Modified").ShouldBe(FixedTime.Http);
        (await s3.SendAsync("HEAD", $"/bucket/k?versionId={marker}")).Status.ShouldBe(405);

        var old = await s3.SendAsync("GET", $"/bucket/k?versionId={version}");
        old.Text.ShouldBe("one");
        old.Header("x-amz-version-id").ShouldBe(version);

        var undone = await s3.SendAsync("DELETE", $"/bucket/k?versionId={marker}");
        undone.Header("x-amz-delete-marker").ShouldBe("true");
        undone.Header("x-amz-version-id").ShouldBe(marker);
        (await s3.SendAsync("GET", "/bucket/k")).Text.ShouldBe("one");
    }

    [Theory]
    [InlineData("If-Match", "badetag", "412 PreconditionFailed")]
    [InlineData("x-amz-if-match-size", "3", "412 PreconditionFailed")]
    [InlineData("x-amz-if-match-last-modified-time", FixedTime.Http, "412 PreconditionFailed")]
    [InlineData("If-Match", "*", "204")]
    public async Task A_delete_marker_is_not_the_content_that_a_delete_expects(string header, string value, string outcome)
    {
        await using var s3 = await OperationHarness.OpenAsync(time: new FixedTime());
        await s3.SendAsync("PUT", "/bucket");
        await s3.SendAsync("PUT", "/bucket?versioning", Document("Enabled"));
        // Nothing at all is no error, as there is nothing to lose.
        (await s3.SendAsync("DELETE", "/bucket/k", "", (header, value))).Status.ShouldBe(204);
        await s3.SendAsync("PUT", "/bucket/k", "one");
        await s3.SendAsync("DELETE", "/bucket/k");
        (await s3.SendAsync("DELETE", "/bucket/k", "", (header, value))).Outcome.ShouldBe(outcome);
        var listed = (await s3.SendAsync("GET", "/bucket?versions")).Text;
        listed.Split("<DeleteMarker>").Length.ShouldBe(2);
    }

    [Fact]
    public async Task A_delete_marker_is_no_source_of_a_copy()
    {
        await using var s3 = await OperationHarness.OpenAsync();
        await s3.SendAsync("PUT", "/bucket");
        await s3.SendAsync("PUT", "/bucket?versioning", Document("Enabled"));
        await s3.SendAsync("PUT", "/bucket/k", "one");
        var marker = (await s3.SendAsync("DELETE", "/bucket/k")).Header("x-amz-version-id");
        var current = await s3.SendAsync("PUT", "/bucket/copy", "", ("x-amz-copy-source", "bucket/k"));
        current.Outcome.ShouldBe("404 NoSuchKey");
        var named = await s3.SendAsync("PUT", "/bucket/copy", "", ("x-amz-copy-source", "bucket/k?versionId=" + marker));
        named.Outcome.ShouldBe("400 InvalidRequest");
        foreach (var answer in new[] { current, named })
        {
            answer.Header("x-amz-version-id").ShouldBeNull();
            answer.Header("x-amz-delete-marker").ShouldBeNull();
            answer.Header("Last-Modified").ShouldBeNull();
        }
    }

    [Fact]
    public async Task Suspended_versioning_writes_the_null_version()
    {
        await using var s3 = await OperationHarness.OpenAsync();
        await s3.SendAsync("PUT", "/bucket");
        await s3.SendAsync("PUT", "/bucket?versioning", Document("Enabled"));
        await s3.SendAsync("PUT", "/bucket/k", "one");
        await s3.SendAsync("PUT", "/bucket?versioning", Document("Suspended"));
        (await s3.SendAsync("PUT", "/bucket/k", "two")).Header("x-amz-version-id").ShouldBe("null");
        (await s3.SendAsync("GET", "/bucket/k?versionId=null")).Text.ShouldBe("two");
    }
}

using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Server.Tests.S3.Operations;

namespace ObjectStore.Server.Tests.S3.Website;

/// <summary>Buckets as websites: configured by the AWS SDK, asked for as browsers do.</summary>
public sealed class WebsiteTests : IAsyncLifetime
{
    private const string Domain = "s3-website.test";

    private readonly SdkServer _server = new() { WebsiteDomains = [Domain] };
    private readonly HttpClient _browser = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    private AmazonS3Client S3 => _server.Client;

    public Task InitializeAsync() => _server.InitializeAsync();

    public async Task DisposeAsync()
    {
        _browser.Dispose();
        await _server.DisposeAsync();
    }

    private async Task<string> SiteAsync(WebsiteConfiguration? configuration = null, bool isPublic = true)
    {
        var bucket = await _server.NewBucketAsync();
        await S3.DeletePublicAccessBlockAsync(new() { BucketName = bucket });
        if (isPublic)
        {
            await S3.PutBucketPolicyAsync(bucket, $$"""
                {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::{{bucket}}/*"} }
                """);
        }
        await S3.PutBucketWebsiteAsync(new() { BucketName = bucket, WebsiteConfiguration = configuration ?? new() { IndexDocumentSuffix = "index.html", ErrorDocument = "error.html" } });
        return bucket;
    }

    private Task PutAsync(string bucket, string key, string text, string type = "text/html", string? redirect = null) =>
        S3.PutObjectAsync(new() { BucketName = bucket, Key = key, ContentBody = text, ContentType = type, WebsiteRedirectLocation = redirect });

    private async Task<(HttpResponseMessage Answer, string Text)> AskAsync(string bucket, string path, HttpMethod? method = null)
    {
        var request = new HttpRequestMessage(method ?? HttpMethod.Get, new Uri(_server.Address, path));
        request.Headers.Host = $"{bucket}.{Domain}";
        var answer = await _browser.SendAsync(request);
        return (answer, await answer.Content.ReadAsStringAsync());
    }

    private async Task<string> OutcomeAsync(string bucket, string path)
    {
        var (answer, text) = await AskAsync(bucket, path);
        return answer.Headers.Location is { } location ? $"{(int)answer.StatusCode} {location.OriginalString}" : $"{(int)answer.StatusCode} {text}";
    }

    [Fact]
    public async Task Pages_and_indexes_are_served_to_anybody()
    {
        var site = await SiteAsync();
        await PutAsync(site, "index.html", "home");
        await PutAsync(site, "docs/index.html", "docs");
        await PutAsync(site, "a b.txt", "text", "text/plain");
        (await OutcomeAsync(site, "/")).ShouldBe("200 home");
        (await OutcomeAsync(site, "/docs/")).ShouldBe("200 docs");
        (await OutcomeAsync(site, "/docs")).ShouldBe("302 /docs/");
        var (answer, text) = await AskAsync(site, "/a%20b.txt");
        (text, answer.Content.Headers.ContentType!.MediaType, answer.Headers.ETag).ShouldBe(("text", "text/plain", answer.Headers.ETag.ShouldNotBeNull()));
        (await AskAsync(site, "/", HttpMethod.Head)).Answer.Content.Headers.ContentLength.ShouldBe(4);
    }

    [Fact]
    public async Task Errors_are_the_site_s_own_page_with_their_status_or_a_plain_one()
    {
        var site = await SiteAsync();
        var (plain, text) = await AskAsync(site, "/<none>");
        ((int)plain.StatusCode, plain.Content.Headers.ContentType!.MediaType).ShouldBe((404, "text/html"));
        text.ShouldContain("<li>Code: NoSuchKey</li>");
        text.ShouldNotContain("<none>");
        await PutAsync(site, "error.html", "sorry");
        (await OutcomeAsync(site, "/none")).ShouldBe("404 sorry");
        (await AskAsync(site, "/none")).Answer.Headers.GetValues("x-amz-error-code").ShouldBe(["NoSuchKey"]);
        (await AskAsync(site, "/x", HttpMethod.Put)).Answer.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        (await AskAsync("no-such-bucket", "/")).Text.ShouldContain("NoSuchBucket");
        await S3.DeleteBucketWebsiteAsync(site);
        (await AskAsync(site, "/")).Text.ShouldContain("NoSuchWebsiteConfiguration");
    }

    [Fact]
    public async Task What_is_not_public_is_not_served_not_even_by_naming_a_version()
    {
        var site = await SiteAsync(isPublic: false);
        await PutAsync(site, "index.html", "secret");
        var (answer, text) = await AskAsync(site, "/");
        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        text.ShouldNotContain("secret");

        var open = await SiteAsync();
        await S3.PutBucketVersioningAsync(new() { BucketName = open, VersioningConfig = new() { Status = VersionStatus.Enabled } });
        var old = (await S3.PutObjectAsync(new() { BucketName = open, Key = "page", ContentBody = "old" })).VersionId;
        await PutAsync(open, "page", "new");
        (await OutcomeAsync(open, $"/page?versionId={old}")).ShouldBe("200 new");
    }

    [Fact]
    public async Task Redirects_of_objects_rules_and_whole_sites()
    {
        var site = await SiteAsync(new()
        {
            IndexDocumentSuffix = "index.html",
            RoutingRules =
            [
                new() { Condition = new() { KeyPrefixEquals = "old/" }, Redirect = new() { ReplaceKeyPrefixWith = "new/" } },
                new() { Condition = new() { KeyPrefixEquals = "lost/", HttpErrorCodeReturnedEquals = "404" }, Redirect = new() { HostName = "example.org", Protocol = "https", ReplaceKeyWith = "found.html", HttpRedirectCode = "302" } },
            ],
        });
        await PutAsync(site, "moved", "", redirect: "https://example.org/there");
        await PutAsync(site, "lost/here", "here");
        (await OutcomeAsync(site, "/moved")).ShouldBe("301 https://example.org/there");
        (await OutcomeAsync(site, "/old/a%20b")).ShouldBe($"301 http://{site}.{Domain}/new/a%20b");
        (await OutcomeAsync(site, "/lost/here")).ShouldBe("200 here");
        (await OutcomeAsync(site, "/lost/there")).ShouldBe("302 https://example.org/found.html");

        var all = await SiteAsync(new() { RedirectAllRequestsTo = new() { HostName = "example.org", Protocol = "https" } });
        (await OutcomeAsync(all, "/a/b")).ShouldBe("301 https://example.org/a/b");
        var set = (await S3.GetBucketWebsiteAsync(site)).WebsiteConfiguration;
        (set.IndexDocumentSuffix, set.RoutingRules.Count, set.RoutingRules[1].Redirect.HttpRedirectCode).ShouldBe(("index.html", 2, "302"));
    }

    [Fact]
    public async Task Without_a_host_for_websites_none_is_configured()
    {
        await using var harness = await OperationHarness.OpenAsync();
        await harness.SendAsync("PUT", "/bucket");
        (await harness.SendAsync("PUT", "/bucket?website", "<WebsiteConfiguration><IndexDocument><Suffix>i</Suffix></IndexDocument></WebsiteConfiguration>")).Outcome.ShouldBe("501 NotImplemented");
    }

    [Theory]
    [InlineData("<IndexDocument><Suffix>a/b</Suffix></IndexDocument>", "InvalidArgument")]
    [InlineData("<ErrorDocument><Key>e</Key></ErrorDocument>", "InvalidArgument")]
    [InlineData("<IndexDocument><Suffix>i</Suffix></IndexDocument><RedirectAllRequestsTo><HostName>h</HostName></RedirectAllRequestsTo>", "MalformedXML")]
    [InlineData("<IndexDocument><Suffix>i</Suffix></IndexDocument><RoutingRules><RoutingRule><Redirect><HttpRedirectCode>200</HttpRedirectCode></Redirect></RoutingRule></RoutingRules>", "InvalidArgument")]
    [InlineData("", "MalformedXML")]
    public async Task Configurations_that_are_none_are_refused(string inner, string code)
    {
        await using var harness = await OperationHarness.OpenAsync(configure: options => options with { ServesWebsites = true });
        await harness.SendAsync("PUT", "/bucket");
        (await harness.SendAsync("PUT", "/bucket?website", $"<WebsiteConfiguration>{inner}</WebsiteConfiguration>")).Element("Code").ShouldBe(code);
    }
}

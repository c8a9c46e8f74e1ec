using Microsoft.AspNetCore.Http;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Wire.Documents;
using ObjectStore.Server.Tests.S3.Operations;

namespace ObjectStore.Server.Tests.S3.Authorization;

public sealed class AclTests
{
    private const int Seed = 20240817;

    private static readonly string Id = new('a', 64);

    private static readonly string[] Pieces =
    [
        "<AccessControlPolicy>", "</AccessControlPolicy>", "<Owner>", "</Owner>", "<ID>", "</ID>", "aaaa", "<AccessControlList>", "</AccessControlList>", "<Grant>", "</Grant>",
        "<Grantee>", "</Grantee>", "<Permission>", "</Permission>", "READ", "FULL_CONTROL", "<URI>", "</URI>", "http://acs.amazonaws.com/groups/global/AllUsers", "<", "&#0;", "\u0001",
        "id=", "uri=", "emailAddress=", "\"", ",", "=", " ", "private", "public-read", "é",
    ];

    [Fact]
    public void An_acl_comes_back_as_it_was_kept()
    {
        var acl = new AccessControlList(
            [Grant.ToGroup(GranteeKind.AllUsers, AclPermission.Read), Grant.ToAccount(Id, AclPermission.FullControl), Grant.ToGroup(GranteeKind.LogDelivery, AclPermission.Write)]);
        AccessControlList.Read(acl.ToBytes(), "owner").Grants.ShouldBe(acl.Grants);
        AccessControlList.Read(new AccessControlList([]).ToBytes(), "owner").Grants.ShouldBeEmpty();
        AccessControlList.Read([], "owner").Grants.ShouldBe([Grant.ToAccount("owner", AclPermission.FullControl)]);
    }

    [Fact]
    public void A_stored_acl_is_read_or_refused_whatever_the_bytes()
    {
        var random = new Random(Seed);
        var whole = new AccessControlList([Grant.ToAccount(Id, AclPermission.Read), Grant.ToGroup(GranteeKind.AllUsers, AclPermission.Write)]).ToBytes();
        for (var round = 0; round < 5000; round++)
        {
            var bytes = whole[..random.Next(1, whole.Length + 1)];
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                AccessControlList.Read(bytes, "owner").Grants.Count.ShouldBeLessThanOrEqualTo(bytes.Length);
            }
            catch (InvalidDataException)
            {
                // Refused, which is the other right answer.
            }
        }
    }

    [Fact]
    public void Any_document_and_any_header_gives_an_acl_or_an_error_of_S3()
    {
        var random = new Random(Seed);
        var identities = new FakeIdentities().Add("123456789012", Id, "name", "a@b.c");
        for (var round = 0; round < 5000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 24)).Select(_ => Pieces[random.Next(Pieces.Length)]));
            var headers = new HeaderDictionary { [random.Next(2) == 0 ? "x-amz-acl" : "x-amz-grant-read"] = text };
            try
            {
                AclRequests.OfHeaders(headers, Id, random.Next(2) == 0 ? Id : null, identities);
                if (AclDocument.Parse(System.Text.Encoding.UTF8.GetBytes(text)) is { } document) AclRequests.OfDocument(document, identities);
            }
            catch (S3Exception refused)
            {
                S3ErrorTable.Row(refused.Error.Code).Status.ShouldBeLessThan(502, $"seed {Seed}, round {round}");
            }
        }
    }

    [Theory]
    [InlineData("public-read", "AllUsers:Read Account:FullControl")]
    [InlineData("public-read-write", "AllUsers:Read AllUsers:Write Account:FullControl")]
    [InlineData("authenticated-read", "AuthenticatedUsers:Read Account:FullControl")]
    [InlineData("bucket-owner-read", "Account:FullControl Account:Read")]
    [InlineData("bucket-owner-full-control", "Account:FullControl Account:FullControl")]
    [InlineData("private", "Account:FullControl")]
    public void A_canned_acl_is_these_grants(string name, string grants) =>
        string.Join(' ', CannedAcls.OfObject(name, "writer", "owner")!.Grants.Select(grant => $"{grant.Grantee}:{grant.Permission}")).ShouldBe(grants);

    [Fact]
    public void Grants_of_headers_are_resolved()
    {
        var identities = new FakeIdentities().Add("123456789012", Id, "name", "a@b.c");
        var headers = new HeaderDictionary
        {
            ["x-amz-grant-write"] = "uri=\"http://acs.amazonaws.com/groups/global/AllUsers\"",
            ["x-amz-grant-read"] = $"id=\"{Id}\", emailAddress=A@B.C",
        };
        AclRequests.OfHeaders(headers, "owner", null, identities)!.Grants.ShouldBe(
            [Grant.ToAccount(Id, AclPermission.Read), Grant.ToAccount(Id, AclPermission.Read), Grant.ToGroup(GranteeKind.AllUsers, AclPermission.Write)]);
        headers["x-amz-acl"] = "private";
        Should.Throw<S3Exception>(() => AclRequests.OfHeaders(headers, "owner", null, identities)).Error.Code.ShouldBe(S3ErrorCode.InvalidRequest);
    }
}

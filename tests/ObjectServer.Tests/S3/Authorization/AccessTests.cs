using System.Text;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Server.Identities;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.Tests.S3.Operations;
using ObjectOwnership = Amazon.S3.ObjectOwnership;

namespace ObjectStore.Server.Tests.S3.Authorization;

/// <summary>Who may do what, asked through the SDK by several accounts and users of one server.</summary>
public sealed class AccessTests(SdkServer server) : IClassFixture<SdkServer>, IDisposable
{
    private readonly List<IDisposable> _clients = [];

    private AmazonS3Client Owner => server.Client;

    private AmazonS3Client Anonymous => Add(server.ClientOf(new AnonymousAWSCredentials()));

    private const string OwnerAccount = RootCredentialStore.AccountId;

    [Fact]
    public async Task Invariant_9_nothing_is_read_or_changed_without_a_signature_or_a_public_grant()
    {
        var bucket = await OpenBucketAsync();
        await PutAsync(Owner, bucket, "private");
        await PutAsync(Owner, bucket, "public", S3CannedACL.PublicRead);
        var anonymous = Anonymous;
        (await ErrorOfAsync(() => GetAsync(anonymous, bucket, "private"))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => GetAsync(anonymous, bucket, "public"))).ShouldBe("none");
        (await ErrorOfAsync(() => PutAsync(anonymous, bucket, "public"))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => anonymous.DeleteObjectAsync(bucket, "public"))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => anonymous.ListObjectsAsync(bucket))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => anonymous.GetObjectAclAsync(new() { BucketName = bucket, Key = "public" }))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => anonymous.PutBucketAsync("not-for-everybody"))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => anonymous.ListBucketsAsync())).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => anonymous.DeleteBucketAsync(bucket))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => anonymous.DeleteObjectsAsync(new() { BucketName = bucket, Objects = [new() { Key = "public" }] }))).ShouldBe("403 AccessDenied");

        await Owner.PutBucketAclAsync(new() { BucketName = bucket, ACL = S3CannedACL.PublicReadWrite });
        (await ErrorOfAsync(() => PutAsync(anonymous, bucket, "new"))).ShouldBe("none");
        (await anonymous.ListObjectsAsync(bucket)).S3Objects.Count.ShouldBe(3);
        (await ErrorOfAsync(() => anonymous.GetBucketAclAsync(new GetBucketAclRequest { BucketName = bucket }))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => GetAsync(anonymous, "there-is-no-such-bucket", "k"))).ShouldBe("404 NoSuchBucket");
    }

    [Fact]
    public async Task The_root_of_another_account_needs_a_grant()
    {
        var bucket = await OpenBucketAsync();
        await PutAsync(Owner, bucket, "k");
        var (account, other) = await NewAccountAsync();
        (await ErrorOfAsync(() => GetAsync(other, bucket, "k"))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => other.ListObjectsV2Async(new() { BucketName = bucket }))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => PutAsync(other, bucket, "k"))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => other.DeleteBucketAsync(bucket))).ShouldBe("403 AccessDenied");
        (await other.ListBucketsAsync()).Buckets.ShouldBeNull();

        await SetGrantsAsync(bucket, Grant(account, S3Permission.READ));
        (await other.ListObjectsV2Async(new() { BucketName = bucket })).S3Objects.Count.ShouldBe(1);
        (await ErrorOfAsync(() => PutAsync(other, bucket, "k"))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => other.GetBucketAclAsync(new GetBucketAclRequest { BucketName = bucket }))).ShouldBe("403 AccessDenied");
        await SetGrantsAsync(bucket, Grant(account, S3Permission.FULL_CONTROL));
        (await ErrorOfAsync(() => PutAsync(other, bucket, "theirs"))).ShouldBe("none");
        (await ErrorOfAsync(() => other.GetBucketAclAsync(new GetBucketAclRequest { BucketName = bucket }))).ShouldBe("none");

        // The writer owns what it writes: the bucket's owner may delete it, but not read it.
        (await ErrorOfAsync(() => GetAsync(Owner, bucket, "theirs"))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => Owner.DeleteObjectAsync(bucket, "theirs"))).ShouldBe("none");
    }

    [Fact]
    public async Task A_user_may_do_what_its_policy_says_until_it_no_longer_says_so()
    {
        var bucket = await OpenBucketAsync();
        await PutAsync(Owner, bucket, "k");
        var (name, user) = await NewUserAsync(OwnerAccount);
        (await ErrorOfAsync(() => GetAsync(user, bucket, "k"))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => user.DeleteObjectsAsync(new() { BucketName = bucket, Objects = [new() { Key = "k" }] }))).ShouldBe("403 AccessDenied");
        await SetUserPolicyAsync(OwnerAccount, name, Statement("Allow", "s3:GetObject", $"arn:aws:s3:::{bucket}/*"));
        (await ErrorOfAsync(() => GetAsync(user, bucket, "k"))).ShouldBe("none");
        (await ErrorOfAsync(() => PutAsync(user, bucket, "k"))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => GetAsync(user, "there-is-no-such-bucket", "k"))).ShouldBe("403 AccessDenied");
        await server.Identities.Attachments.DeleteInlineAsync(OwnerAccount, new(PolicyHolderKind.User, name), "p", default);
        (await ErrorOfAsync(() => GetAsync(user, bucket, "k"))).ShouldBe("403 AccessDenied");
    }

    /// <summary>As the S3 User Guide has it, "Enforce conditional writes on Amazon S3 buckets".</summary>
    [Fact]
    public async Task A_policy_can_ask_for_conditional_writes_also_of_uploads_in_parts()
    {
        var bucket = await OpenBucketAsync();
        var (name, user) = await NewUserAsync(OwnerAccount);
        await SetUserPolicyAsync(OwnerAccount, name,
            Statement("Allow", "s3:PutObject", $"arn:aws:s3:::{bucket}/*", condition: """{"Null":{"s3:if-none-match":"false"}}"""),
            Statement("Allow", "s3:PutObject", $"arn:aws:s3:::{bucket}/*", condition: """{"Bool":{"s3:ObjectCreationOperation":"false"}}"""));
        (await ErrorOfAsync(() => PutAsync(user, bucket, "k"))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => user.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "x", IfNoneMatch = "*" }))).ShouldBe("none");
        var upload = (await user.InitiateMultipartUploadAsync(bucket, "parts")).UploadId;
        using var body = new MemoryStream([1]);
        var part = await user.UploadPartAsync(new() { BucketName = bucket, Key = "parts", UploadId = upload, PartNumber = 1, InputStream = body });
        var complete = new CompleteMultipartUploadRequest { BucketName = bucket, Key = "parts", UploadId = upload, PartETags = [new(1, part.ETag)] };
        (await ErrorOfAsync(() => user.CompleteMultipartUploadAsync(complete))).ShouldBe("403 AccessDenied");
        complete.IfNoneMatch = "*";
        (await ErrorOfAsync(() => user.CompleteMultipartUploadAsync(complete))).ShouldBe("none");
    }

    [Fact]
    public async Task A_policy_can_forbid_fields_of_inventories()
    {
        var bucket = await OpenBucketAsync();
        var (name, user) = await NewUserAsync(OwnerAccount);
        await SetUserPolicyAsync(OwnerAccount, name,
            Statement("Allow", "s3:PutInventoryConfiguration", $"arn:aws:s3:::{bucket}"),
            Statement("Deny", "s3:PutInventoryConfiguration", $"arn:aws:s3:::{bucket}", condition: """{"ForAnyValue:StringEquals":{"s3:InventoryAccessibleOptionalFields":["ObjectOwner"]}}"""));
        foreach (var (field, error) in new[] { (InventoryOptionalField.Size, "none"), (InventoryOptionalField.ObjectOwner, "403 AccessDenied") })
        {
            var configuration = new InventoryConfiguration
            {
                InventoryId = "i", IsEnabled = true, IncludedObjectVersions = InventoryIncludedObjectVersions.Current, InventoryOptionalFields = [InventoryOptionalField.ETag, field],
                Schedule = new() { Frequency = InventoryFrequency.Daily }, Destination = new() { S3BucketDestination = new() { BucketName = $"arn:aws:s3:::{bucket}", InventoryFormat = InventoryFormat.CSV } },
            };
            (await ErrorOfAsync(() => user.PutBucketInventoryConfigurationAsync(new() { BucketName = bucket, InventoryId = "i", InventoryConfiguration = configuration }))).ShouldBe(error);
        }
    }

    [Fact]
    public async Task Who_may_not_list_a_bucket_does_not_learn_what_is_missing()
    {
        var bucket = await OpenBucketAsync();
        var (name, user) = await NewUserAsync(OwnerAccount);
        await SetUserPolicyAsync(OwnerAccount, name, Statement("Allow", "s3:GetObject", $"arn:aws:s3:::{bucket}/*"));
        (await ErrorOfAsync(() => GetAsync(user, bucket, "none"))).ShouldBe("403 AccessDenied");
        await SetUserPolicyAsync(OwnerAccount, name, Statement("Allow", "s3:*", $"arn:aws:s3:::{bucket}*"));
        (await ErrorOfAsync(() => GetAsync(user, bucket, "none"))).ShouldBe("404 NoSuchKey");

        await Owner.PutBucketAclAsync(new() { BucketName = bucket, ACL = S3CannedACL.PublicRead });
        (await ErrorOfAsync(() => GetAsync(Anonymous, bucket, "none"))).ShouldBe("404 NoSuchKey");
    }

    [Fact]
    public async Task A_bucket_policy_gives_to_accounts_and_takes_from_everybody()
    {
        var bucket = await OpenBucketAsync();
        await PutAsync(Owner, bucket, "k");
        var (account, root) = await NewAccountAsync();
        var (name, user) = await NewUserAsync(account.Id);
        await SetPolicyAsync(bucket, Statement("Allow", "s3:GetObject", $"arn:aws:s3:::{bucket}/*", principal: account.Id));
        (await ErrorOfAsync(() => GetAsync(root, bucket, "k"))).ShouldBe("none");
        (await ErrorOfAsync(() => GetAsync(user, bucket, "k"))).ShouldBe("403 AccessDenied");
        await SetUserPolicyAsync(account.Id, name, Statement("Allow", "s3:*", "*"));
        (await ErrorOfAsync(() => GetAsync(user, bucket, "k"))).ShouldBe("none");
        (await ErrorOfAsync(() => GetAsync(Anonymous, bucket, "k"))).ShouldBe("403 AccessDenied");

        await SetPolicyAsync(bucket, Statement("Deny", "s3:GetObject", $"arn:aws:s3:::{bucket}/*"));
        (await ErrorOfAsync(() => GetAsync(Owner, bucket, "k"))).ShouldBe("403 AccessDenied");
        await server.Buckets.DeleteConfigurationAsync(bucket, "policy", default);
        (await ErrorOfAsync(() => GetAsync(Owner, bucket, "k"))).ShouldBe("none");
    }

    [Fact]
    public async Task Conditions_see_prefixes_versions_and_tags_of_headers_objects_and_documents()
    {
        var bucket = await OpenBucketAsync();
        var (name, user) = await NewUserAsync(OwnerAccount);
        await PutAsync(Owner, bucket, "open", tags: [new() { Key = "security", Value = "public" }]);
        await PutAsync(Owner, bucket, "closed", tags: [new() { Key = "security", Value = "private" }]);
        await SetUserPolicyAsync(OwnerAccount, name,
            Statement("Allow", "s3:GetObject", "*", condition: """{"StringEquals":{"s3:ExistingObjectTag/security":"public"}}"""),
            Statement("Allow", "s3:ListBucket", "*", condition: """{"StringLike":{"s3:prefix":"home/*"}}"""),
            Statement("Allow", "s3:PutObject", "*"),
            Statement("Allow", "s3:PutObjectTagging", "*", condition: """{"StringEquals":{"s3:RequestObjectTag/team":"a"}}"""));
        (await ErrorOfAsync(() => GetAsync(user, bucket, "open"))).ShouldBe("none");
        (await ErrorOfAsync(() => GetAsync(user, bucket, "closed"))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => user.ListObjectsV2Async(new() { BucketName = bucket, Prefix = "home/me" }))).ShouldBe("none");
        (await ErrorOfAsync(() => user.ListObjectsV2Async(new() { BucketName = bucket, Prefix = "etc" }))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => user.ListObjectsV2Async(new() { BucketName = bucket }))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => PutAsync(user, bucket, "t", tags: [new() { Key = "team", Value = "a" }]))).ShouldBe("none");
        (await ErrorOfAsync(() => PutAsync(user, bucket, "t", tags: [new() { Key = "team", Value = "b" }]))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => TagAsync(user, bucket, "t", "a"))).ShouldBe("none");
        (await ErrorOfAsync(() => TagAsync(user, bucket, "t", "b"))).ShouldBe("403 AccessDenied");
    }

    [Fact]
    public async Task Headers_need_their_own_permissions()
    {
        var bucket = await OpenBucketAsync();
        var (name, user) = await NewUserAsync(OwnerAccount);
        await SetUserPolicyAsync(OwnerAccount, name, Statement("Allow", "s3:PutObject", "*"));
        (await ErrorOfAsync(() => PutAsync(user, bucket, "k"))).ShouldBe("none");
        (await ErrorOfAsync(() => PutAsync(user, bucket, "k", S3CannedACL.PublicRead))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => PutAsync(user, bucket, "k", tags: [new() { Key = "a", Value = "b" }]))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => user.CopyObjectAsync(bucket, "k", bucket, "copy"))).ShouldBe("403 AccessDenied");
        await SetUserPolicyAsync(OwnerAccount, name, Statement("Allow", "s3:*Object*", "*"));
        (await ErrorOfAsync(() => PutAsync(user, bucket, "k", S3CannedACL.PublicRead))).ShouldBe("none");
        (await ErrorOfAsync(() => user.CopyObjectAsync(bucket, "k", bucket, "copy"))).ShouldBe("none");
    }

    [Fact]
    public async Task DeleteObjects_is_decided_key_by_key()
    {
        var bucket = await OpenBucketAsync();
        var (name, user) = await NewUserAsync(OwnerAccount);
        await PutAsync(Owner, bucket, "mine/1");
        await PutAsync(Owner, bucket, "yours/1");
        await SetUserPolicyAsync(OwnerAccount, name, Statement("Allow", "s3:DeleteObject", $"arn:aws:s3:::{bucket}/mine/*"));
        var refused = await Should.ThrowAsync<DeleteObjectsException>(() => user.DeleteObjectsAsync(new() { BucketName = bucket, Objects = [new() { Key = "mine/1" }, new() { Key = "yours/1" }] }));
        refused.Response.DeletedObjects.ShouldHaveSingleItem().Key.ShouldBe("mine/1");
        refused.Response.DeleteErrors.ShouldHaveSingleItem().Code.ShouldBe("AccessDenied");
        (await Owner.ListObjectsV2Async(new() { BucketName = bucket })).S3Objects.ShouldHaveSingleItem().Key.ShouldBe("yours/1");
    }

    [Fact]
    public async Task New_buckets_take_no_acls_and_block_what_is_public()
    {
        var bucket = await server.NewBucketAsync();
        (await Owner.GetBucketOwnershipControlsAsync(new() { BucketName = bucket })).OwnershipControls.Rules.ShouldHaveSingleItem().ObjectOwnership.ShouldBe(ObjectOwnership.BucketOwnerEnforced);
        var block = (await Owner.GetPublicAccessBlockAsync(new() { BucketName = bucket })).PublicAccessBlockConfiguration;
        (block.BlockPublicAcls, block.IgnorePublicAcls, block.BlockPublicPolicy, block.RestrictPublicBuckets).ShouldBe((true, true, true, true));
        (await ErrorOfAsync(() => PutAsync(Owner, bucket, "k", S3CannedACL.PublicRead))).ShouldBe("400 AccessControlListNotSupported");
        (await ErrorOfAsync(() => PutAsync(Owner, bucket, "k", S3CannedACL.Private))).ShouldBe("none");
        (await ErrorOfAsync(() => PutAsync(Owner, bucket, "k", S3CannedACL.BucketOwnerFullControl))).ShouldBe("none");
        (await ErrorOfAsync(() => Owner.PutBucketAclAsync(new() { BucketName = bucket, ACL = S3CannedACL.Private }))).ShouldBe("none");
        (await ErrorOfAsync(() => Owner.PutObjectAclAsync(new PutObjectAclRequest { BucketName = bucket, Key = "k", ACL = S3CannedACL.Private }))).ShouldBe("none");
        (await ErrorOfAsync(() => Owner.PutBucketAclAsync(new() { BucketName = bucket, ACL = S3CannedACL.AuthenticatedRead }))).ShouldBe("400 AccessControlListNotSupported");
        (await ErrorOfAsync(() => Owner.PutObjectAclAsync(new PutObjectAclRequest { BucketName = bucket, Key = "k", ACL = S3CannedACL.PublicRead }))).ShouldBe("400 AccessControlListNotSupported");
        (await ErrorOfAsync(() => Owner.PutBucketAsync(new PutBucketRequest { BucketName = bucket + "-public", CannedACL = S3CannedACL.PublicRead }))).ShouldBe("400 InvalidBucketAclWithObjectOwnership");
        await Owner.DeleteBucketOwnershipControlsAsync(new() { BucketName = bucket });
        (await ErrorOfAsync(() => Owner.GetBucketOwnershipControlsAsync(new() { BucketName = bucket }))).ShouldBe("404 OwnershipControlsNotFoundError");
        await Owner.DeletePublicAccessBlockAsync(new() { BucketName = bucket });
        (await ErrorOfAsync(() => Owner.GetPublicAccessBlockAsync(new() { BucketName = bucket }))).ShouldBe("404 NoSuchPublicAccessBlockConfiguration");
        await Owner.PutBucketAclAsync(new() { BucketName = bucket, ACL = S3CannedACL.PublicRead });
        (await ErrorOfAsync(() => SetOwnershipAsync(bucket, ObjectOwnership.BucketOwnerEnforced))).ShouldBe("400 InvalidBucketAclWithObjectOwnership");
    }

    [Fact]
    public async Task Object_ownership_says_whose_a_foreign_write_is()
    {
        var bucket = await OpenBucketAsync();
        var (account, other) = await NewAccountAsync();
        await SetPolicyAsync(bucket, Statement("Allow", "s3:*", $"arn:aws:s3:::{bucket}*", principal: account.Id));
        await SetOwnershipAsync(bucket, ObjectOwnership.BucketOwnerPreferred);
        await PutAsync(other, bucket, "theirs");
        await PutAsync(other, bucket, "given", S3CannedACL.BucketOwnerFullControl);
        (await ErrorOfAsync(() => GetAsync(Owner, bucket, "theirs"))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => GetAsync(Owner, bucket, "given"))).ShouldBe("none");
        (await other.GetObjectAclAsync(new() { BucketName = bucket, Key = "theirs" })).Owner.Id.ShouldBe(account.CanonicalId);
        (await other.GetObjectAclAsync(new() { BucketName = bucket, Key = "given" })).Owner.Id.ShouldBe(RootCredentialStore.CanonicalId);

        await SetOwnershipAsync(bucket, ObjectOwnership.BucketOwnerEnforced);
        (await ErrorOfAsync(() => GetAsync(Owner, bucket, "theirs"))).ShouldBe("none");
        (await Owner.GetObjectAclAsync(new() { BucketName = bucket, Key = "theirs" })).Owner.Id.ShouldBe(RootCredentialStore.CanonicalId);
    }

    [Fact]
    public async Task A_public_access_block_of_bucket_or_account_takes_effect_at_once()
    {
        var bucket = await OpenBucketAsync();
        await PutAsync(Owner, bucket, "k", S3CannedACL.PublicRead);
        var anonymous = Anonymous;
        await BlockAsync(bucket, new() { IgnorePublicAcls = true });
        (await ErrorOfAsync(() => GetAsync(anonymous, bucket, "k"))).ShouldBe("403 AccessDenied");
        await BlockAsync(bucket, new() { BlockPublicAcls = true });
        (await ErrorOfAsync(() => GetAsync(anonymous, bucket, "k"))).ShouldBe("none");
        (await ErrorOfAsync(() => PutAsync(Owner, bucket, "k2", S3CannedACL.PublicRead))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => Owner.PutBucketAclAsync(new() { BucketName = bucket, ACL = S3CannedACL.AuthenticatedRead }))).ShouldBe("403 AccessDenied");
        await SetPolicyAsync(bucket, Statement("Allow", "s3:PutObject", $"arn:aws:s3:::{bucket}/*"));
        (await ErrorOfAsync(() => PutAsync(anonymous, bucket, "k3"))).ShouldBe("none");
        await BlockAsync(bucket, new() { RestrictPublicBuckets = true });
        (await ErrorOfAsync(() => PutAsync(anonymous, bucket, "k3"))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => PutAsync(Owner, bucket, "k3"))).ShouldBe("none");
        await BlockAsync(bucket, new());
        (await ErrorOfAsync(() => PutAsync(anonymous, bucket, "k3"))).ShouldBe("none");

        var (account, root) = await NewAccountAsync();
        var theirs = "account-block-" + account.Id;
        await root.PutBucketAsync(new PutBucketRequest { BucketName = theirs, ObjectOwnership = ObjectOwnership.ObjectWriter });
        await root.DeletePublicAccessBlockAsync(new() { BucketName = theirs });
        await PutAsync(root, theirs, "k", S3CannedACL.PublicRead);
        (await ErrorOfAsync(() => GetAsync(anonymous, theirs, "k"))).ShouldBe("none");
        await server.Identities.PutDocumentAsync(account.Id, PublicAccessBlocks.Kind, PublicAccessBlocks.ToDocument(PublicAccessBlock.All), default);
        (await ErrorOfAsync(() => GetAsync(anonymous, theirs, "k"))).ShouldBe("403 AccessDenied");
    }

    [Fact]
    public async Task Acl_documents_are_checked()
    {
        var bucket = await OpenBucketAsync();
        var (account, _) = await NewAccountAsync();
        (await ErrorOfAsync(() => SetGrantsAsync(bucket, new S3Grant { Grantee = new() { CanonicalUser = "nobody" }, Permission = S3Permission.READ }))).ShouldBe("400 InvalidArgument");
        (await ErrorOfAsync(() => SetGrantsAsync(bucket, new S3Grant { Grantee = new() { EmailAddress = "nobody@example.invalid" }, Permission = S3Permission.READ }))).ShouldBe("400 UnresolvableGrantByEmailAddress");
        (await ErrorOfAsync(() => SetGrantsAsync(bucket, new S3Grant { Grantee = new() { URI = "http://nowhere" }, Permission = S3Permission.READ }))).ShouldBe("400 InvalidArgument");
        (await ErrorOfAsync(() => SetGrantsAsync(bucket, [.. Enumerable.Repeat(Grant(account, S3Permission.READ), 101)]))).ShouldBe("400 MalformedACLError");
        var stolen = new PutBucketAclRequest { BucketName = bucket, AccessControlPolicy = new() { Owner = new() { Id = account.CanonicalId }, Grants = [] } };
        (await ErrorOfAsync(() => Owner.PutBucketAclAsync(stolen))).ShouldBe("403 AccessDenied");

        await SetGrantsAsync(bucket, new S3Grant { Grantee = new() { EmailAddress = account.Email }, Permission = S3Permission.WRITE_ACP });
        var grant = (await Owner.GetBucketAclAsync(new GetBucketAclRequest { BucketName = bucket })).Grants.ShouldHaveSingleItem();
        (grant.Grantee.CanonicalUser, grant.Permission).ShouldBe((account.CanonicalId, S3Permission.WRITE_ACP));
    }

    [Fact]
    public async Task Another_expected_owner_is_refused()
    {
        var bucket = await OpenBucketAsync();
        (await ErrorOfAsync(() => PutAsync(Owner, bucket, "k", expectedOwner: OwnerAccount))).ShouldBe("none");
        (await ErrorOfAsync(() => PutAsync(Owner, bucket, "k", expectedOwner: "999999999999"))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => PutAsync(Owner, bucket, "k", expectedOwner: "me"))).ShouldBe("400 InvalidBucketOwnerAWSAccountID");
        (await ErrorOfAsync(() => Owner.CopyObjectAsync(new() { SourceBucket = bucket, SourceKey = "k", DestinationBucket = bucket, DestinationKey = "c", ExpectedSourceBucketOwner = "999999999999" }))).ShouldBe("403 AccessDenied");
    }

    [Fact]
    public async Task Requesters_pay_or_go_without()
    {
        var bucket = await OpenBucketAsync();
        await PutAsync(Owner, bucket, "k", S3CannedACL.PublicRead);
        var (_, other) = await NewAccountAsync();
        await Owner.PutBucketRequestPaymentAsync(new() { BucketName = bucket, RequestPaymentConfiguration = new() { Payer = "Requester" } });
        (await Owner.GetBucketRequestPaymentAsync(new GetBucketRequestPaymentRequest { BucketName = bucket })).Payer.ShouldBe("Requester");
        (await ErrorOfAsync(() => GetAsync(Owner, bucket, "k"))).ShouldBe("none");
        (await ErrorOfAsync(() => GetAsync(Anonymous, bucket, "k"))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => GetAsync(other, bucket, "k"))).ShouldBe("403 AccessDenied");
        using var got = await other.GetObjectAsync(new() { BucketName = bucket, Key = "k", RequestPayer = RequestPayer.Requester });
        got.RequestCharged.ShouldBe(RequestCharged.Requester);
    }

    public void Dispose() => _clients.ForEach(client => client.Dispose());

    private AmazonS3Client Add(AmazonS3Client client)
    {
        _clients.Add(client);
        return client;
    }

    /// <summary>A bucket with ACLs and without a public access block.</summary>
    private async Task<string> OpenBucketAsync()
    {
        var bucket = await server.NewBucketAsync();
        await SetOwnershipAsync(bucket, ObjectOwnership.ObjectWriter);
        await Owner.DeletePublicAccessBlockAsync(new() { BucketName = bucket });
        return bucket;
    }

    private Task SetOwnershipAsync(string bucket, ObjectOwnership ownership) =>
        Owner.PutBucketOwnershipControlsAsync(new() { BucketName = bucket, OwnershipControls = new() { Rules = [new() { ObjectOwnership = ownership }] } });

    private Task BlockAsync(string bucket, PublicAccessBlockConfiguration block) =>
        Owner.PutPublicAccessBlockAsync(new() { BucketName = bucket, PublicAccessBlockConfiguration = block });

    private async Task<(Account Account, AmazonS3Client Root)> NewAccountAsync()
    {
        var name = "account-" + Guid.NewGuid().ToString("N")[..8];
        var account = (await server.Identities.Accounts.CreateAsync(new(name, name + "@example.org"), default)).Value;
        var key = (await server.Identities.Accounts.CreateKeyAsync(account.Id, null, default)).Value;
        return (account, Add(server.ClientOf(new BasicAWSCredentials(key.Id, key.Secret.Reveal()))));
    }

    private async Task<(string Name, AmazonS3Client Client)> NewUserAsync(string accountId)
    {
        var name = "user-" + Guid.NewGuid().ToString("N")[..8];
        (await server.Identities.Users.CreateAsync(accountId, new(name), default)).IsOk.ShouldBeTrue();
        var key = (await server.Identities.Users.CreateKeyAsync(accountId, name, null, default)).Value;
        return (name, Add(server.ClientOf(new BasicAWSCredentials(key.Id, key.Secret.Reveal()))));
    }

    private async Task SetUserPolicyAsync(string accountId, string user, params string[] statements) =>
        (await server.Identities.Attachments.PutInlineAsync(accountId, new(PolicyHolderKind.User, user), "p", Document(statements), default)).IsOk.ShouldBeTrue();

    private async Task SetPolicyAsync(string bucket, params string[] statements) =>
        (await server.Buckets.PutConfigurationAsync(bucket, "policy", Encoding.UTF8.GetBytes(Document([.. statements.Select(WithPrincipal)])), default)).IsOk.ShouldBeTrue();

    private static string Document(string[] statements) => $$"""{"Version":"2012-10-17","Statement":[{{string.Join(',', statements)}}]}""";

    private static string Statement(string effect, string action, string resource, string? principal = null, string? condition = null)
    {
        var resources = resource.EndsWith('*') && !resource.EndsWith("/*", StringComparison.Ordinal) && resource.Length > 1 ? $"""["{resource[..^1]}","{resource[..^1]}/*"]""" : $"\"{resource}\"";
        var who = principal is null ? "" : $$""","Principal":{"AWS":"{{principal}}"}""";
        return $$"""{"Effect":"{{effect}}","Action":"{{action}}","Resource":{{resources}}{{who}}{{(condition is null ? "" : ",\"Condition\":" + condition)}}}""";
    }

    private static string WithPrincipal(string statement) => statement.Contains("\"Principal\"", StringComparison.Ordinal) ? statement : statement[..^1] + ",\"Principal\":\"*\"}";

    private static S3Grant Grant(Account account, S3Permission permission) => new() { Grantee = new() { CanonicalUser = account.CanonicalId }, Permission = permission };

    private Task SetGrantsAsync(string bucket, params S3Grant[] grants) => Owner.PutBucketAclAsync(
        new PutBucketAclRequest { BucketName = bucket, AccessControlPolicy = new() { Owner = new() { Id = RootCredentialStore.CanonicalId }, Grants = [.. grants] } });

    private static Task TagAsync(AmazonS3Client client, string bucket, string key, string team) =>
        client.PutObjectTaggingAsync(new() { BucketName = bucket, Key = key, Tagging = new() { TagSet = [new() { Key = "team", Value = team }] } });

    private static Task PutAsync(AmazonS3Client client, string bucket, string key, S3CannedACL? acl = null, List<Tag>? tags = null, string? expectedOwner = null) =>
        client.PutObjectAsync(new() { BucketName = bucket, Key = key, ContentBody = "x", CannedACL = acl, TagSet = tags, ExpectedBucketOwner = expectedOwner });

    private static async Task GetAsync(AmazonS3Client client, string bucket, string key)
    {
        using var got = await client.GetObjectAsync(bucket, key);
    }

    private static async Task<string> ErrorOfAsync(Func<Task> call)
    {
        try
        {
            await call();
            return "none";
        }
        catch (AmazonS3Exception e)
        {
            return $"{(int)e.StatusCode} {e.ErrorCode}";
        }
    }
}

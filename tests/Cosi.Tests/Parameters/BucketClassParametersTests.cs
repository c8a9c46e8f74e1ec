using ObjectStore.Client.S3;
using ObjectStore.Cosi.Parameters;

namespace ObjectStore.Cosi.Tests.Parameters;

public sealed class BucketClassParametersTests
{
    [Fact]
    public void No_parameters_are_a_plain_bucket_that_is_deleted_only_when_empty()
    {
        var read = Read().Value;
        (read.Versioning, read.ObjectLock, read.Encryption, read.NamePrefix, read.Delete).ShouldBe((false, null, null, null, DeletePolicy.Empty));
        read.Tags.ShouldBeEmpty();
    }

    [Fact]
    public void All_parameters_are_understood()
    {
        var read = Read(("region", "us-east-1"), ("objectLock", "enabled"), ("objectLockMode", "compliance"), ("objectLockYears", "7"),
            ("encryption", "AWS:KMS"), ("encryptionKeyId", "k1"), ("quotaBytes", "10Gi"), ("quotaObjects", "1000"), ("storageClass", "STANDARD_IA"),
            ("expirationDays", "30"), ("noncurrentExpirationDays", "7"), ("abortMultipartDays", "1"), ("tags", "a=1,b=x = y"), ("namePrefix", "team-"), ("delete", "force")).Value;
        read.ObjectLock.ShouldBe(new ObjectLockSettings("COMPLIANCE", null, 7));
        read.Versioning.ShouldBeTrue();
        read.Encryption.ShouldBe(new BucketEncryption("aws:kms", "k1"));
        (read.Quota!.MaxBytes, read.Quota.MaxObjects).ShouldBe((10L << 30, 1000));
        read.StorageClass.ShouldBe("STANDARD_IA");
        read.Lifecycle.ShouldBe(new BucketLifecycle(30, 7, 1));
        read.Tags.ShouldBe(new Dictionary<string, string> { ["a"] = "1", ["b"] = "x = y" });
        (read.NamePrefix, read.Delete).ShouldBe(("team-", DeletePolicy.Force));
    }

    [Fact]
    public void What_is_unknown_is_named_and_the_known_ones_are_listed()
    {
        var text = Refused(("versionning", "enabled"), ("Delete", "force"));
        text.ShouldContain("Delete, versionning is not known");
        foreach (var known in (string[])["delete", "encryption", "namePrefix", "objectLock", "region", "tags", "versioning"]) text.ShouldContain(known);
    }

    [Fact]
    public void Many_and_long_names_leave_room_for_the_known_ones()
    {
        var text = Refused([.. Enumerable.Range(0, 20).Select(number => ($"{number:00}{new string('x', 150)}", "v"))]);
        text.ShouldContain("and others");
        text.ShouldContain("versioning");
        text.Length.ShouldBeLessThan(1000);
    }

    [Fact]
    public void All_that_is_wrong_is_said_at_once()
    {
        var text = Refused(("versioning", "on"), ("objectLockDays", "x"), ("delete", "yes"));
        text.ShouldContain("versioning must be disabled or enabled");
        text.ShouldContain("objectLockDays must be a whole number from 1 to 36500");
        text.ShouldContain("delete must be empty or force");
    }

    [Theory]
    [InlineData("region=eu-west-1", "this server is in us-east-1")]
    [InlineData("region=", "region must have 1 to")]
    [InlineData("objectLock=enabled;versioning=disabled", "cannot be disabled with objectLock")]
    [InlineData("objectLockMode=GOVERNANCE", "needs objectLock: enabled")]
    [InlineData("objectLockDays=3", "needs objectLock: enabled")]
    [InlineData("objectLock=enabled;objectLockDays=3", "objectLockMode is missing")]
    [InlineData("objectLock=enabled;objectLockMode=GOVERNANCE", "either objectLockDays or objectLockYears")]
    [InlineData("objectLock=enabled;objectLockMode=GOVERNANCE;objectLockDays=1;objectLockYears=1", "either objectLockDays or objectLockYears")]
    [InlineData("objectLock=enabled;objectLockMode=GOVERNANCE;objectLockDays=0", "from 1 to 36500")]
    [InlineData("objectLock=enabled;objectLockMode=GOVERNANCE;objectLockDays=-1", "from 1 to 36500")]
    [InlineData("encryption=none", "must be AES256 or aws:kms")]
    [InlineData("encryption=AES256;encryptionKeyId=k", "needs encryption: aws:kms")]
    [InlineData("quotaBytes=0", "quotaBytes must be a number of bytes")]
    [InlineData("quotaBytes=ten", "quotaBytes must be a number of bytes")]
    [InlineData("quotaObjects=1k", "quotaObjects must be a whole number")]
    [InlineData("expirationDays=0", "from 1 to 36500")]
    [InlineData("noncurrentExpirationDays=1", "needs versioning: enabled")]
    [InlineData("abortMultipartDays=40000", "from 1 to 36500")]
    [InlineData("tags=novalue", "must be a list such as")]
    [InlineData("tags=a=1,a=2", "no key twice")]
    [InlineData("tags==1", "must be a list such as")]
    [InlineData("tags=aws:x=1", "reserved")]
    [InlineData("tags=objectstore.cosi/state=ready", "reserved")]
    [InlineData("tags=a=b{c}", "has a:")]
    [InlineData("namePrefix=bc-", "not begin with bc-")]
    [InlineData("namePrefix=Team-", "a-z, 0-9 and hyphens")]
    [InlineData("namePrefix=team", "end with a hyphen")]
    [InlineData("namePrefix=aaaaaaaaaaaaaaaaaaaaaaaaaaaa-", "1 to 20 characters")]
    public void What_cannot_be_is_refused_with_the_reason(string parameters, string reason) =>
        Refused([.. parameters.Split(';').Select(pair => (pair[..pair.IndexOf('=')], pair[(pair.IndexOf('=') + 1)..]))]).ShouldContain(reason);

    [Fact]
    public void A_prefix_cannot_be_had_in_v1alpha1() =>
        BucketClassParameters.Read(new Dictionary<string, string> { ["namePrefix"] = "team-" }, "us-east-1", ApiVersion.V1Alpha1).Refusal!.Message.ShouldContain("v1alpha1");

    [Fact]
    public void What_means_the_same_has_the_same_fingerprint()
    {
        Fingerprint(("versioning", "disabled"), ("storageClass", "STANDARD"), ("delete", "Empty"), ("region", "us-east-1"), ("objectLock", "disabled")).ShouldBe(Fingerprint());
        Fingerprint(("objectLock", "enabled"), ("versioning", "enabled")).ShouldBe(Fingerprint(("objectLock", "Enabled")));
        Fingerprint(("quotaBytes", "1Gi")).ShouldBe(Fingerprint(("quotaBytes", "1024Mi")));
        Fingerprint(("tags", "b=2, a=1")).ShouldBe(Fingerprint(("tags", "a=1,b=2")));
        Fingerprint(("objectLock", "enabled"), ("objectLockMode", "governance"), ("objectLockDays", "007"))
            .ShouldBe(Fingerprint(("objectLock", "enabled"), ("objectLockMode", "GOVERNANCE"), ("objectLockDays", "7")));
    }

    [Fact]
    public void What_means_something_else_has_another_fingerprint()
    {
        string[] all =
        [
            Fingerprint(), Fingerprint(("versioning", "enabled")), Fingerprint(("objectLock", "enabled")), Fingerprint(("encryption", "AES256")),
            Fingerprint(("encryption", "aws:kms")), Fingerprint(("encryption", "aws:kms"), ("encryptionKeyId", "k")), Fingerprint(("tags", "a=1")),
            Fingerprint(("tags", "a=2")), Fingerprint(("namePrefix", "a-")), Fingerprint(("delete", "force")),
            Fingerprint(("quotaBytes", "7")), Fingerprint(("quotaObjects", "7")), Fingerprint(("expirationDays", "7")), Fingerprint(("storageClass", "STANDARD_IA")), Fingerprint(("abortMultipartDays", "7")),
            Fingerprint(("versioning", "enabled"), ("noncurrentExpirationDays", "7")),
        ];
        all.ShouldBeUnique();
    }

    // These stand in the tags of buckets: a driver that makes others takes its own buckets for foreign ones.
    [Fact]
    public void Fingerprints_stay_as_they_are()
    {
        Fingerprint().ShouldBe("1-e3b0c44298fc1c149afbf4c8996fb924");
        Fingerprint(("versioning", "enabled"), ("tags", "a=1"), ("delete", "force")).ShouldBe("1-3a0bf9d199bd131056d0c9c92fb3da9b");
    }

    private static Outcome<BucketClassParameters> Read(params (string, string)[] parameters) =>
        BucketClassParameters.Read(parameters.ToDictionary(), "us-east-1", ApiVersion.V1Alpha2);

    private static string Fingerprint(params (string, string)[] parameters) => Read(parameters).Value.Fingerprint;

    private static string Refused(params (string, string)[] parameters)
    {
        var refusal = Read(parameters).Refusal.ShouldNotBeNull();
        refusal.Reason.ShouldBe(RefusalReason.InvalidArgument);
        return refusal.Message;
    }
}

using System.Collections.Frozen;

namespace ObjectStore.Server.Iam;

/// <summary>
/// Calls that AWS has and that are not built: multi-factor devices, passwords and the console, certificates, SAML, instance profiles,
/// service-linked roles, reports, simulation. They are answered as such, so that nobody takes them for misspelled.
/// </summary>
internal static class NotBuilt
{
    public static readonly FrozenSet<string> Iam = Set("""
        AcceptDelegationRequest AddRoleToInstanceProfile AssociateDelegationRequest ChangePassword CreateAccountAlias CreateDelegationRequest
        CreateInstanceProfile CreateLoginProfile CreateSAMLProvider CreateServiceLinkedRole CreateServiceSpecificCredential CreateVirtualMFADevice
        DeactivateMFADevice DeleteAccountAlias DeleteAccountPasswordPolicy DeleteInstanceProfile DeleteLoginProfile DeleteSAMLProvider
        DeleteSSHPublicKey DeleteServerCertificate DeleteServiceLinkedRole DeleteServiceSpecificCredential DeleteSigningCertificate
        DeleteVirtualMFADevice DisableOrganizationsRootCredentialsManagement DisableOrganizationsRootSessions EnableMFADevice
        EnableOrganizationsRootCredentialsManagement EnableOrganizationsRootSessions GenerateCredentialReport
        GenerateOrganizationsAccessReport GenerateServiceLastAccessedDetails GetAccountAuthorizationDetails GetAccountPasswordPolicy
        GetContextKeysForCustomPolicy GetContextKeysForPrincipalPolicy GetCredentialReport GetInstanceProfile GetLoginProfile GetMFADevice
        GetOrganizationsAccessReport GetSAMLProvider GetSSHPublicKey GetServerCertificate GetServiceLastAccessedDetails
        GetServiceLastAccessedDetailsWithEntities GetServiceLinkedRoleDeletionStatus ListAccountAliases ListInstanceProfileTags
        ListInstanceProfiles ListInstanceProfilesForRole ListMFADeviceTags ListMFADevices ListOrganizationsFeatures
        ListPoliciesGrantingServiceAccess ListSAMLProviderTags ListSAMLProviders ListSSHPublicKeys ListServerCertificateTags
        ListServerCertificates ListServiceSpecificCredentials ListSigningCertificates ListVirtualMFADevices RemoveRoleFromInstanceProfile
        ResetServiceSpecificCredential ResyncMFADevice SetSecurityTokenServicePreferences SimulateCustomPolicy SimulatePrincipalPolicy
        TagInstanceProfile TagMFADevice TagSAMLProvider TagServerCertificate UntagInstanceProfile UntagMFADevice UntagSAMLProvider
        UntagServerCertificate UpdateAccountPasswordPolicy UpdateLoginProfile UpdateSAMLProvider UpdateSSHPublicKey UpdateServerCertificate
        UpdateServiceSpecificCredential UpdateSigningCertificate UploadSSHPublicKey UploadServerCertificate UploadSigningCertificate
        """);

    public static readonly FrozenSet<string> Sts = Set(
        "AssumeRoleWithSAML AssumeRoot DecodeAuthorizationMessage GetAccessKeyInfo GetDelegatedAccessToken GetFederationToken GetWebIdentityToken");

    public static readonly FrozenSet<string> Sns = Set("""
        AddPermission CheckIfPhoneNumberIsOptedOut ConfirmSubscription CreatePlatformApplication CreatePlatformEndpoint CreateSMSSandboxPhoneNumber
        DeleteEndpoint DeletePlatformApplication DeleteSMSSandboxPhoneNumber GetDataProtectionPolicy GetEndpointAttributes
        GetPlatformApplicationAttributes GetSMSAttributes GetSMSSandboxAccountStatus GetSubscriptionAttributes ListEndpointsByPlatformApplication
        ListOriginationNumbers ListPhoneNumbersOptedOut ListPlatformApplications ListSMSSandboxPhoneNumbers ListSubscriptions
        ListSubscriptionsByTopic ListTagsForResource OptInPhoneNumber Publish PublishBatch PutDataProtectionPolicy RemovePermission
        SetEndpointAttributes SetPlatformApplicationAttributes SetSMSAttributes SetSubscriptionAttributes Subscribe TagResource Unsubscribe
        UntagResource VerifySMSSandboxPhoneNumber
        """);

    private static FrozenSet<string> Set(string names) => names.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);
}

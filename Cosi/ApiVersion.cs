namespace ObjectStore.Cosi;

/// <summary>Which version of COSI a call came by.</summary>
internal enum ApiVersion
{
    V1Alpha1,
    V1Alpha2,
}

namespace ObjectStore.Server.S3;

internal static class HexDigit
{
    /// <summary>0 to 15, or -1.</summary>
    public static int ValueOf(int digit) => digit switch
    {
        >= '0' and <= '9' => digit - '0',
        >= 'a' and <= 'f' => digit - 'a' + 10,
        >= 'A' and <= 'F' => digit - 'A' + 10,
        _ => -1,
    };
}

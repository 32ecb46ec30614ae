using Xunit;

namespace Tests.Unit.Expressions;

/// <summary>The functions Kubernetes documents at https://kubernetes.io/docs/reference/using-api/cel/, by examples.</summary>
public sealed class KubernetesLibraryTests
{
    [Theory]
    // Lists.
    [InlineData("[1, 2, 3].isSorted() && !['b', 'a'].isSorted() && [].isSorted()")]
    [InlineData("[1, 3].sum() == 4 && [1.0, 3.0].sum() == 4.0 && ['1m', '1s'].map(d, duration(d)).sum() == duration('61s')")]
    [InlineData("[1, 3].min() == 1 && [1, 3].max() == 3 && ['b', 'a'].min() == 'a'")]
    [InlineData("[1, 2, 2, 3].indexOf(2) == 1 && [1, 2, 2, 3].lastIndexOf(2) == 2 && [1].indexOf(9) == -1")]
    [InlineData("[3, 1, 2].sort() == [1, 2, 3] && [1, 2, 1].distinct() == [1, 2] && [1, 2, 3, 4].slice(1, 3) == [2, 3]")]
    [InlineData("[[1], [2, 3]].flatten() == [1, 2, 3] && [1, 2].reverse() == [2, 1]")]
    // Regular expressions.
    [InlineData("'abc 123'.find('[0-9]+') == '123' && 'abc'.find('[0-9]+') == ''")]
    [InlineData("'123 abc 456'.findAll('[0-9]+') == ['123', '456'] && '123 abc 456'.findAll('[0-9]+', 1) == ['123'] && 'abc'.findAll('[0-9]+') == []")]
    [InlineData("'my-name'.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$') && !'my-name\\n'.matches('^my-name$')")]
    [InlineData("'x1'.matches(r'(?P<letter>\\pL)\\d') && !'x١'.matches(r'x\\d') && 'a.b'.matches(r'\\Qa.b\\E') && 'Q'.matches('[[:alpha:]]')")]
    [InlineData("'aab'.find('(?U)a+') == 'a' && 'aab'.find('a+?') == 'a' && 'ABC'.matches('(?i)abc') && '[x]'.find(r'[\\[\\]]') == '['")]
    // URLs.
    [InlineData("isURL('https://example.com:8080/path?k=v') && !isURL('relative/path') && isURL('/absolute-path')")]
    [InlineData("url('https://example.com:80/').getScheme() == 'https' && url('/path').getScheme() == ''")]
    [InlineData("url('https://example.com:80/').getHost() == 'example.com:80' && url('https://[::1]:80/').getHost() == '[::1]:80' && url('/path').getHost() == ''")]
    [InlineData("url('https://example.com:80/').getHostname() == 'example.com' && url('https://[::1]:80/').getHostname() == '::1'")]
    [InlineData("url('https://example.com:80/').getPort() == '80' && url('https://example.com/').getPort() == '' && url('https://[::1]:8/').getPort() == '8'")]
    [InlineData("url('https://example.com/path').getEscapedPath() == '/path' && url('https://example.com/with space/').getEscapedPath() == '/with%20space/'")]
    [InlineData("url('https://example.com/path?k1=a&k2=b&k2=c').getQuery() == {'k1': ['a'], 'k2': ['b', 'c']} && url('https://example.com/path').getQuery() == {}")]
    // Addresses.
    [InlineData("isIP('127.0.0.1') && isIP('::1') && !isIP('127.0.0.256') && !isIP('01.2.3.4') && !isIP('1')")]
    [InlineData("ip('127.0.0.1').family() == 4 && ip('::1').family() == 6 && ip('::1').isLoopback() && ip.isCanonical('2001:db8::abcd') && !ip.isCanonical('2001:DB8::ABCD')")]
    [InlineData("isCIDR('10.0.0.0/8') && !isCIDR('10.0.0.0/64') && cidr('192.168.1.5/24').masked() == cidr('192.168.1.0/24')")]
    [InlineData("cidr('10.0.0.0/8').containsIP('10.1.2.3') && cidr('10.0.0.0/8').containsCIDR(cidr('10.1.0.0/16')) && cidr('::1/128').prefixLength() == 128")]
    [InlineData("string(ip('::1')) == '::1' && string(cidr('10.0.0.0/8')) == '10.0.0.0/8' && type(ip('::1')) == net.IP")]
    // Quantities.
    [InlineData("isQuantity('1.3Gi') && isQuantity('-20') && isQuantity('1e3') && isQuantity('5E') && !isQuantity('200K') && !isQuantity('Three') && !isQuantity('1.3gi')")]
    [InlineData("quantity('50000G').isInteger() && !quantity('50m').isInteger() && quantity('50k').asInteger() == 50000 && quantity('50.703k').asApproximateFloat() == 50703.0")]
    [InlineData("quantity('50k').add(quantity('20k')) == quantity('70k') && quantity('50k').sub(20) == quantity('49980') && quantity('1').sign() == 1 && quantity('0').sign() == 0")]
    [InlineData("quantity('200M').compareTo(quantity('0.2G')) == 0 && quantity('1Gi').isGreaterThan(quantity('1G')) && quantity('150Mi').isLessThan(quantity('1Gi'))")]
    // Versions.
    [InlineData("isSemver('1.0.0') && !isSemver('v1.0') && isSemver('v1.0', true) && !isSemver('hello') && semver('1.2.3').major() == 1")]
    [InlineData("semver('1.2.3').minor() == 2 && semver('1.2.3').patch() == 3 && semver('1.2.3').isLessThan(semver('1.10.0')) && semver('v01.01', true) == semver('1.1.0')")]
    [InlineData("semver('1.0.0-alpha.1').isLessThan(semver('1.0.0-alpha.beta')) && semver('1.0.0-rc.1').isLessThan(semver('1.0.0')) && semver('1.0.0+b').compareTo(semver('1.0.0')) == 0")]
    // Sets.
    [InlineData("sets.contains([1, 2, 3], [3, 1]) && !sets.contains([1], [2]) && sets.equivalent([1, 2, 2], [2, 1]) && sets.intersects([1], [1, 2]) && !sets.intersects([1], [])")]
    // Formats.
    [InlineData("!format.dns1123Label().validate('my-label-name').hasValue() && format.dns1123Label().validate('Contoso').hasValue()")]
    [InlineData("format.named('labelValue').value().validate('a b').hasValue() && !format.named('unknown').hasValue()")]
    [InlineData("!format.dns1123SubdomainPrefix().validate('web-').hasValue() && !format.uuid().validate('123e4567-e89b-12d3-a456-426614174000').hasValue()")]
    [InlineData("format.uri().validate('a b').hasValue() && !format.date().validate('2024-02-29').hasValue() && format.datetime().validate('2024-02-29').hasValue()")]
    [InlineData("!format.byte().validate('aGk=').hasValue() && format.byte().validate('?').hasValue() && !format.qualifiedName().validate('a.b/c').hasValue()")]
    // Optionals and macros.
    [InlineData("{'a': {'b': 1}}.?a.?b.orValue(0) == 1 && {'a': 1}.?b.orValue(2) == 2 && [1][?3].orValue(9) == 9 && [?optional.none(), 1] == [1]")]
    [InlineData("optional.of(1).optMap(x, x + 1).value() == 2 && !optional.none().optMap(x, x).hasValue() && optional.ofNonZeroValue('').or(optional.of('x')).value() == 'x'")]
    [InlineData("cel.bind(x, 2, x * x) == 4 && {'a': 1}.all(k, v, k == 'a' && v == 1) && [1, 2].transformList(i, v, i * v) == [0, 2] && {'a': 1}.transformMap(k, v, v + 1) == {'a': 2}")]
    // Times.
    [InlineData("timestamp('2024-01-01T00:00:00Z').getHours('Europe/Berlin') == 1 && timestamp('2024-07-01T00:00:00Z').getHours('Europe/Berlin') == 2")]
    [InlineData("timestamp('2024-01-01T00:00:00Z').getFullYear('-01:00') == 2023 && duration('1h30m').getMinutes() == 90")]
    // Strings.
    [InlineData("'%s has %d of %.1f (%x)'.format(['x', 3, 2.25, 255]) == 'x has 3 of 2.2 (ff)' && 'a,b'.split(',') == ['a', 'b'] && ['a', 'b'].join('-') == 'a-b'")]
    [InlineData("'héllo'.charAt(1) == 'é' && '😀x'.size() == 2 && '😀x'.indexOf('x') == 1 && '😀x'.substring(1) == 'x' && ' a '.trim() == 'a'")]
    public void An_example_holds(string expression)
    {
        var result = Rule.Run(expression);
        Assert.True(result.IsTrue, result.Error ?? result.Value.ToString());
    }

    [Theory]
    [InlineData("quantity('Three')", "quantities must match the regular expression")]
    [InlineData("quantity('50m').asInteger()", "cannot convert value to integer")]
    [InlineData("ip('1.2.3')", "parse error during conversion from string")]
    [InlineData("cidr('1.2.3.4')", "parse error during conversion from string")]
    [InlineData("url('../')", "URL parse error during conversion from string")]
    [InlineData("semver('1.2')", "parse error during conversion from string")]
    [InlineData("[].map(x, 1).min()", "min called on empty list")]
    [InlineData("{'a': 1}['b']", "no such key: b")]
    [InlineData("[1][4]", "index out of bounds: 4")]
    [InlineData("1 / 0", "division by zero")]
    [InlineData("9223372036854775807 + 1", "integer overflow")]
    [InlineData("optional.none().value()", "optional.none() dereference")]
    [InlineData("timestamp(dyn('x'))", "invalid timestamp")]
    [InlineData("'a'.matches('(' + '?=a)')", "error parsing regexp")]
    [InlineData("'a'.matches('(a)' + r'\\1')", "error parsing regexp")]
    [InlineData("timestamp('2024-01-01T00:00:00Z').getHours('Nowhere/Here')", "unknown time zone")]
    [InlineData("[1, 2].slice(1, 3)", "list is length 2")]
    public void What_goes_wrong_is_told(string expression, string error)
    {
        Assert.Contains(error, Rule.Run(expression).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_backtracks_elsewhere_takes_linear_time_here()
    {
        var result = Rule.Run("('" + new string('a', 5000) + "!').matches('^(a+)+$')");
        Assert.False(result.IsTrue);
        Assert.Null(result.Error);
    }
}

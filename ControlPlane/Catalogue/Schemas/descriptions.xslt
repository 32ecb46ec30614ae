<?xml version="1.0"?>
<!-- What the documentation of the models says of each class and property: a line each, the member's name, a tab and the text. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:output method="text" encoding="utf-8" />
  <xsl:template match="/">
    <xsl:for-each select="doc/members/member[starts-with(@name, 'P:k8s.Models.') or starts-with(@name, 'T:k8s.Models.')]">
      <xsl:value-of select="@name" />
      <xsl:value-of select="'&#9;'" />
      <xsl:value-of select="normalize-space(summary)" />
      <xsl:value-of select="'&#10;'" />
    </xsl:for-each>
  </xsl:template>
</xsl:stylesheet>
